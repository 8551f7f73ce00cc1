document.addEventListener("click", (event) => {
  const copy = event.target.closest(".copy");
  if (copy) {
    const text = copy.previousElementSibling;
    const done = () => { copy.textContent = "copied"; setTimeout(() => { copy.textContent = "copy"; }, 1500); };
    const select = () => { getSelection().selectAllChildren(text); document.execCommand("copy"); done(); };
    navigator.clipboard ? navigator.clipboard.writeText(text.textContent).then(done, select) : select();
  }
  const sort = event.target.closest("th button");
  if (sort) {
    const column = sort.parentElement.cellIndex, body = sort.closest("table").tBodies[0];
    const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const rows = [...body.rows].sort((a, b) => key(a).localeCompare(key(b), undefined, { numeric: true }));
    if (sort.dataset.order === "up") rows.reverse();
    sort.dataset.order = sort.dataset.order === "up" ? "down" : "up";
    rows.forEach((row) => body.append(row));
  }
});
