// Finds the keys of older versions that a real OpenClaw mends when a gateway starts, and by `openclaw doctor --fix`:
//   node tests/lab/moved.mjs src/rules/openclaw/config_schema/nodes.txt PACKAGE      (node as that OpenClaw wants it)
// Each key that an older schema has and the one of PACKAGE has not is written into a small config; where the
// migrations of OpenClaw make a config of it that it accepts, the key is one of the line `m VERSION KEY…`.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { exported } from "./package.mjs";

const [file, directory] = process.argv.slice(2);
const dist = join(resolve(directory), "dist");
const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
const lines = readFileSync(file, "utf8").split("\n").slice(0, -1).filter((line) => !line.startsWith(`m ${version} `));

async function real(name) {
  const found = await exported(dist, name);
  if (!found) throw new Error(`no chunk exports ${name}`);
  return found;
}
const migrate = await real("applyLegacyDoctorMigrations");
const validate = await real("validateConfigObjectRaw");
const findIssues = await real("findLegacyConfigIssues");

const words = (number) => lines[number].match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g);
const fields = (number) => words(number).slice(1).flatMap((word) => {
  const [, name, mark, to] = word.match(/^(.+)([=!])(\d+)$/) ?? [];
  return name ? [{ name: name.startsWith('"') ? JSON.parse(name) : name, needed: mark === "!", to: Number(to) }] : [];
});

// A value that a node accepts, as small as can be.
function sample(number) {
  const [kind, ...rest] = words(number);
  switch (kind) {
    case "s": return rest.includes("fmt=url") ? "https://x.example" : rest.some((one) => one.startsWith("re=")) ? "1" : "x";
    case "n": return Math.max(1, ...rest.filter((one) => /^>/.test(one)).map((one) => Number(one.replace(/^>=?/, "")) + 1)) || 1;
    case "b": return true;
    case "e": return JSON.parse(rest[0]);
    case "l": case "t": return [];
    case "o": return Object.fromEntries(fields(number).filter((one) => one.needed).map((one) => [one.name, sample(one.to)]));
    case "u": case "&": return sample(Number(rest[0]));
    case "d": return sample(Number(rest[1]));
    default: return {};
  }
}

// Each path of an older schema that the newer one does not have, below what both have.
const found = new Map();
const seen = new Set();
function options(number) {
  const [kind, ...rest] = words(number);
  if (kind === "u" || kind === "&") return rest.map(Number).flatMap(options);
  return kind === "d" ? rest.slice(1).map(Number).flatMap(options) : [number];
}
function walk(older, newer, path) {
  const mark = `${older} ${newer}`;
  if (older === newer || seen.has(mark + path.length) || path.length > 8) return;
  seen.add(mark + path.length);
  for (const one of options(older)) {
    for (const other of options(newer)) {
      const [kind, of] = [words(one)[0], words(other)[0]];
      if (kind === "o" && of === "o") {
        const known = new Map(fields(other).map((field) => [field.name, field.to]));
        const takesAll = words(other).some((word) => /^\*\d/.test(word));
        for (const field of fields(one)) {
          const at = [...path, field.name];
          if (known.has(field.name)) walk(field.to, known.get(field.name), at);
          else if (!takesAll) found.set(at.join("."), { at, value: sample(field.to) });
        }
      } else if (kind === "r" && of === "r") walk(Number(words(one)[2]), Number(words(other)[2]), [...path, "*"]);
      else if (kind === "l" && of === "l") walk(Number(words(one)[1]), Number(words(other)[1]), [...path, "*"]);
    }
  }
}
const roots = lines.filter((line) => line.startsWith("= ")).map((line) => line.split(" "));
const own = Number(roots.find(([, of]) => of === version)[2]);
for (const [, , root] of roots) walk(Number(root), own, []);

// A config that is accepted but for that key.
function config({ at, value }) {
  const root = { models: { providers: { ollama: { baseUrl: "http://127.0.0.1:11434", api: "ollama", models: [{ id: "x", name: "x" }] } } }, agents: { entries: { main: {} } } };
  let inner = root;
  let number = own;
  at.slice(0, -1).forEach((step, index) => {
    const kinds = options(number);
    const list = kinds.find((one) => words(one)[0] === "l");
    const record = kinds.find((one) => words(one)[0] === "r");
    const object = kinds.find((one) => words(one)[0] === "o" && fields(one).some((field) => field.name === step));
    number = step === "*" ? Number(words(list ?? record)[list === undefined ? 2 : 1]) : fields(object).find((field) => field.name === step).to;
    const name = step !== "*" ? step : list !== undefined ? 0 : at[index - 1] === "entries" && at[0] === "agents" ? "main" : at[index - 1] === "providers" ? "ollama" : "x";
    inner[name] ??= at[index + 1] === "*" && options(number).some((one) => words(one)[0] === "l") ? [] : sample(number);
    if (typeof inner[name] !== "object") inner[name] = {};
    inner = inner[name];
  });
  inner[at.at(-1)] = value;
  return root;
}

const mended = [];
for (const [path, one] of found) {
  try {
    const root = config(one);
    if (validate(root).ok) continue;
    const next = migrate(structuredClone(root), { sourceConfigBeforeMigrations: root, context: { authoredRaw: root, resolvedRaw: root }, pluginContracts: false }).next;
    if (next && validate(next).ok && findIssues(next, next).length === 0) mended.push(path);
  } catch (error) {
    console.error(`${path}: ${error.message}`);
  }
}
lines.push(["m", version, ...mended.sort()].join(" "));
writeFileSync(file, lines.join("\n") + "\n");
console.error(`${version}: ${mended.length} of ${found.size} keys of older versions are mended`);
process.exit(0);
