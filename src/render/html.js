document.addEventListener("click", (event) => {
  const copy = event.target.closest(".copy");
  if (copy) {
    const text = copy.previousElementSibling;
    const done = () => { copy.textContent = "copied"; setTimeout(() => { copy.textContent = "copy"; }, 1500); };
    const select = () => { getSelection().selectAllChildren(text); document.execCommand("copy"); done(); };
    navigator.clipboard ? navigator.clipboard.writeText(text.textContent).then(done, select) : select();
  }
  const sort = event.target.closest(".sort");
  if (sort) {
    const column = [...document.querySelectorAll(".sort")].indexOf(sort), main = document.querySelector("main");
    const key = (machine) => machine.querySelector("summary").children[column].dataset.key;
    const machines = [...main.children].sort((a, b) => key(a).localeCompare(key(b), undefined, { numeric: true }));
    if (sort.dataset.order === "up") machines.reverse();
    sort.dataset.order = sort.dataset.order === "up" ? "down" : "up";
    machines.forEach((machine) => main.append(machine));
  }
});
