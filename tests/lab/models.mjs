// Runs in a machine of the lab, started by tests/lab/models: in each situation OpenClaw and the doctor look at the same
// stand-in, through a proxy that keeps what the stand-in said and can make /api/show fail.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";

const STANDIN = 11500;
const HOME = "/tmp/models-home";
const PLUGIN = "/usr/local/lib/node_modules/openclaw/dist/extensions/ollama/provider-discovery.js";
const ELSEWHERE = "http://127.0.0.1:11501";
const KINDS = ["llama3.2:3b", "qwen3:8b", "gemma3:4b", "gemma4", "tinyllama", "nomic-embed-text", "bigctx", "noctx",
  "mistral", "deepseek-r1:32b", "gpt-oss:120b-cloud", "wide:latest", "wide-r1:1b", "round:1m"];
const model = (name, more) => ({
  names: [name], capabilities: ["completion", "tools"], family: "llama", parameter_size: "1B",
  parameter_count: 1100048384, quantization: "Q4_0", file_type: 2, size: 637700138, embedding_length: 2048,
  block_count: 22, head_count: 32, head_count_kv: 4, ...more,
});
// Windows of a million and more, which Ollama prints with an exponent.
const REGISTRY = [
  model("wide:latest", { parameters: { num_ctx: 1048576 } }),
  model("wide-r1:1b", { parameters: { num_ctx: 1048576 }, context_length: 262144, capabilities: ["completion"] }),
  model("round:1m", { parameters: { num_ctx: 1000000 } }),
];

const PRIMARY = { agents: { defaults: { model: { primary: "ollama/llama3.2:3b" } } } };
const few = ["llama3.2:3b", "tinyllama"];
const ollama = (entry) => ({ models: { providers: { ollama: entry } } });
const elsewhere = ollama({ baseUrl: ELSEWHERE, api: "ollama", models: [] });
const by_hand = [
  { id: "llama3.2:3b", name: "Llama" },
  { id: "gemma3:4b", name: "Gemma", input: ["text", "image"], reasoning: true, contextWindow: 8192, contextTokens: 4096,
    maxTokens: 100, cost: { input: 1, output: 2.5, cacheRead: 0, cacheWrite: 0 }, compat: { supportsTools: false } },
  { id: "nomic-embed-text", name: "Nomic", contextWindow: 4096 },
  { id: "not-there:1b", name: "Not there", contextWindow: 65536 },
];
const SITUATIONS = [
  { name: "all kinds of models", config: elsewhere, key: true, models: KINDS },
  { name: "shows that fail", config: elsewhere, key: true, models: KINDS, fails: ["mistral:latest", "gemma3:4b", "nomic-embed-text:latest"] },
  { name: "an Ollama from before capabilities", config: elsewhere, key: true, version: "0.6.2", models: KINDS, fails: ["mistral:latest"] },
  { name: "an Ollama whose list tells no capabilities", config: elsewhere, key: true, version: "0.17.0", models: KINDS, fails: ["mistral:latest", "deepseek-r1:32b"] },
  { name: "a list by hand", config: ollama({ baseUrl: ELSEWHERE, api: "ollama", models: by_hand }), key: true, models: KINDS },
  { name: "no key, the default address", config: {}, key: false, models: few },
  { name: "no key, another address", config: elsewhere, key: false, models: few },
  { name: "a key, the default address", config: {}, key: true, models: few },
  { name: "the marker alone", config: ollama({ apiKey: "ollama-local" }), key: false, models: few },
  { name: "the marker alone, and nothing named", config: ollama({ apiKey: "ollama-local" }), key: false, primary: false, models: few },
  { name: "a real key in the config, and nothing named", config: ollama({ apiKey: "abc123" }), key: false, primary: false, models: few },
  { name: "discovery turned off", config: { plugins: { entries: { ollama: { config: { discovery: { enabled: false } } } } } }, key: true, models: few },
  { name: "names that the list of Ollama does not have", key: true, primary: false, models: KINDS, config: { ...elsewhere,
    agents: { defaults: { model: { primary: "ollama/mistral", fallbacks: ["ollama/nomic-embed-text", "ollama/not-there:1b", "ollama/Qwen3:8b"] } } } } },
  { name: "a list by hand without the primary", key: true, primary: false, models: few,
    config: { ...ollama({ baseUrl: ELSEWHERE, api: "ollama", models: [{ id: "tinyllama", name: "Tiny" }] }), ...PRIMARY } },
  { name: "the plugin turned off", config: { plugins: { entries: { ollama: { enabled: false } } } }, key: true, models: few },
  { name: "another provider with a remote Ollama", key: true, models: few,
    config: { models: { providers: { far: { baseUrl: "http://10.9.9.9:11434", api: "ollama", apiKey: "ollama-local", models: [{ id: "x", name: "x" }] } } } } },
  { name: "more models than OpenClaw takes", config: elsewhere, key: true, models: few, total: 230, keep: false },
];

let seen;
const proxy = (incoming, outgoing) => {
  const chunks = [];
  incoming.on("data", (chunk) => chunks.push(chunk));
  incoming.on("end", () => {
    const body = Buffer.concat(chunks);
    const name = incoming.url === "/api/show" ? JSON.parse(body).model : undefined;
    const answer = (status, bytes) => {
      if (incoming.url === "/api/tags") seen.tags = JSON.parse(bytes).models;
      if (name) seen.shows[name] = status === 200 ? told(JSON.parse(bytes)) : status;
      outgoing.writeHead(status, { "content-type": "application/json" }).end(bytes);
    };
    if (name && seen.fails?.includes(name)) return answer(500, '{"error":"on purpose"}');
    const headers = { ...incoming.headers, host: `127.0.0.1:${STANDIN}` };
    request({ port: STANDIN, method: incoming.method, path: incoming.url, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => answer(response.statusCode, Buffer.concat(parts)));
    }).end(body);
  });
};

/** What is judged of an answer of /api/show. */
const told = ({ details, model_info, parameters, capabilities }) => ({ details, model_info, parameters, capabilities });

const environment = (more) => ({ PATH: process.env.PATH, LANG: "C.UTF-8", HOME, OPENCLAW_HOME: HOME, ...more });

const version = (program) => execFileSync(program, ["--version"], { env: environment(), encoding: "utf8" }).trim();

/** Whatever runs must not block the proxy. */
const beside = (program, args) => new Promise((resolve) => {
  const child = spawn(program, args, { env: environment(), cwd: "/tmp", stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (err += text));
  child.on("close", (code) => {
    if (code !== 0) console.log(`${program} ${args.join(" ")}: ${code} ${err}`);
    resolve(JSON.parse(out || "{}"));
  });
});

const standin = async ({ models, version, total }) => {
  const env = environment({
    OLLAMA_HOST: `127.0.0.1:${STANDIN}`, OLLAMA_MODELS: "/tmp/models-store", STANDIN_REGISTRY: "/tmp/registry.json",
    ...(version ? { STANDIN_VERSION: version } : {}), ...(total ? { STANDIN_TOTAL_MODELS: String(total) } : {}),
  });
  rmSync("/tmp/models-store", { recursive: true, force: true });
  execFileSync("ollama", ["seed", ...models], { env });
  const child = spawn("ollama", ["serve"], { env, stdio: "ignore" });
  for (let tries = 0; tries < 100; tries += 1) {
    const answers = await fetch(`http://127.0.0.1:${STANDIN}/api/version`).then((response) => response.ok, () => false);
    if (answers) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the stand-in does not answer");
};

/** What the plugin's own catalog says: the fields that `models list` does not show. Its memory is that of a process. */
const catalog = (config, key) => beside("node", ["--input-type=module", "--eval", `
  const { default: plugin } = await import(${JSON.stringify(PLUGIN)});
  const config = ${JSON.stringify(config)};
  const key = ${key} ? "ollama-local" : undefined;
  const result = await plugin.catalog.run({
    config, env: { OLLAMA_API_KEY: key },
    resolveProviderApiKey: () => ({ apiKey: key ?? config.models?.providers?.ollama?.apiKey }),
  });
  console.log(JSON.stringify(result?.provider?.models ?? []));
`]);

/** One row of each, under the names of the doctor's own. */
const row = (listed, known) => ({
  id: listed.key.slice("ollama/".length),
  vision: listed.input.includes("image"),
  contextWindow: listed.contextWindow,
  contextTokens: listed.contextTokens ?? null,
  ...(known?.reasoning === undefined ? {} : { reasoning: known.reasoning }),
  ...(known?.compat?.supportsTools === undefined ? {} : { tools: known.compat.supportsTools }),
  ...(known?.maxTokens === undefined ? {} : { maxTokens: known.maxTokens }),
  ...(known?.cost === undefined ? {} : { cost: known.cost }),
});

const differences = (theirs, ours) => {
  const found = [];
  const offered = ours.filter((one) => one.offered);
  for (const one of offered.filter((one) => !theirs.some((row) => row.id === one.id))) found.push(`${one.id}: only the doctor offers it (${one.why})`);
  for (const row of theirs) {
    const one = offered.find((one) => one.id === row.id);
    if (!one) found.push(`${row.id}: OpenClaw offers it, the doctor does not`);
    for (const [field, value] of Object.entries(one ? row : {})) {
      // Of a model that runs elsewhere the doctor does not ask, and says what it does not know.
      const unasked = one.why.includes("ollama.com") && one[field] === null;
      if (!unasked && JSON.stringify(one[field]) !== JSON.stringify(value)) found.push(`${row.id}: ${field} is ${JSON.stringify(value)}, the doctor says ${JSON.stringify(one[field])}`);
    }
  }
  return found;
};

writeFileSync("/tmp/registry.json", JSON.stringify(REGISTRY));
const server = [11434, 11501].map((port) => createServer(proxy).listen(port, "127.0.0.1"));
const captured = [];
let different = 0;
const wanted = process.argv[2] ?? "";
for (const situation of SITUATIONS.filter(({ name }) => name.includes(wanted))) {
  const { name, key, fails, keep } = situation;
  const config = { gateway: { mode: "local" }, ...(situation.primary === false ? {} : PRIMARY), ...situation.config };
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(`${HOME}/.openclaw`, { recursive: true });
  writeFileSync(`${HOME}/.openclaw/openclaw.json`, JSON.stringify(config));
  if (key) writeFileSync(`${HOME}/.openclaw/.env`, "OLLAMA_API_KEY=ollama-local\n");
  seen = { tags: [], shows: {}, fails };
  const child = await standin(situation);
  const { models: rows = [] } = await beside("openclaw", ["models", "list", "--refresh", "--provider", "ollama", "--json"]);
  const known = await catalog(config, key);
  const { models: ours = [] } = await beside("openclaw-doctor", ["models", "--format", "json"]);
  child.kill();
  await new Promise((resolve) => child.on("close", resolve));
  const theirs = rows.filter((row) => row.key.startsWith("ollama/")).map((listed) => row(listed, known.find((one) => `ollama/${one.id}` === listed.key)));
  const found = differences(theirs, ours);
  const lost = known.filter((one) => !theirs.some((row) => row.id === one.id)).map((one) => one.id);
  // Where nothing loads the plugin, it is not asked.
  if (lost.length && theirs.length) found.push(`the plugin offers ${lost.join(", ")}, which \`models list\` does not show`);
  different += found.length;
  console.log(`${found.length ? "DIFFERENT" : "the same "}  ${name}: ${theirs.length} offered of ${ours.length}`);
  found.forEach((line) => console.log(`    ${line}`));
  if (keep !== false) captured.push({ name, config, key, tags: seen.tags, shows: seen.shows, openclaw: theirs });
}
server.forEach((one) => one.close());
console.log(`CAPTURED ${JSON.stringify(captured)}`);
console.log(`${different} differences between ${version("openclaw")} and ${version("openclaw-doctor")}`);
process.exit(different ? 1 : 0);
