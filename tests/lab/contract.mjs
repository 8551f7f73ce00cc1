// The doctor's requests and their failures, to a real Ollama and to the stand-in: status, shape and words must agree.
//
// Usage: node contract.mjs REAL STAND-IN MODELS-OF-REAL MODELS-OF-STAND-IN     (host:port, folders; as root)
import { chmodSync, readFileSync, renameSync, truncateSync, writeFileSync, copyFileSync } from "node:fs";
import { request } from "node:http";

const [real, standIn, realModels, standInModels] = process.argv.slice(2);
const SIDES = [{ name: "real", at: real, models: realModels }, { name: "stand-in", at: standIn, models: standInModels }];

const SPEAKS = "llama3.2:3b";
const HI = [{ role: "user", content: "hi" }];
const LONG = [{ role: "user", content: "a ".repeat(20000) }];
const TOOL = { type: "function", function: { name: "current_time", description: "The time", parameters: { type: "object", properties: {} } } };
const AS_OPENCLAW = { truncate: false, shift: false, think: false };

const get = (path, headers = {}, method = "GET") => ({ method, path, headers });
const post = (path, body, headers = {}) =>
  ({ method: "POST", path, headers, body: typeof body === "string" ? body : JSON.stringify(body) });
const chat = (model, more = {}) => post("/api/chat", { model, messages: HI, stream: false, ...more });

// What is asked of both as they are.
const ASKED = {
  "the root": get("/"),
  "the root, HEAD": get("/", {}, "HEAD"),
  "the root, POST": post("/", ""),
  "version": get("/api/version"),
  "version with a slash": get("/api/version/"),
  "two slashes": get("//api/version"),
  "a path that is not there": get("/api/nothing"),
  "status": get("/api/status"),
  "tags": get("/api/tags"),
  "tags, POST": post("/api/tags", ""),
  "ps": get("/api/ps"),
  "show": post("/api/show", { model: SPEAKS }),
  "show, GET": get("/api/show"),
  "show, embedding": post("/api/show", { model: "nomic-embed-text" }),
  "show, thinking": post("/api/show", { model: "qwen3:8b" }),
  "show, not there": post("/api/show", { model: "nope:3b" }),
  "show, no name": post("/api/show", {}),
  "show, no body": post("/api/show", ""),
  "show, a bad name": post("/api/show", { model: "a b" }),
  "show, half a body": post("/api/show", '{"model": "x"'),
  "show, no JSON": post("/api/show", "hello"),
  "chat": chat(SPEAKS),
  "chat as a stream": chat(SPEAKS, { stream: true }),
  "chat as OpenClaw asks": chat(SPEAKS, { stream: true, tools: [TOOL], options: { num_ctx: 2048 }, ...AS_OPENCLAW }),
  "chat, GET": get("/api/chat"),
  "chat, no body": post("/api/chat", ""),
  "chat, no name": post("/api/chat", {}),
  "chat, not there": chat("nope:7b"),
  "chat, not there, with the provider": chat("ollama/llama3.2:3b"),
  "chat, embedding": chat("nomic-embed-text"),
  "chat with tools, none": chat("gemma3:4b", { tools: [TOOL] }),
  "chat that thinks, cannot": chat(SPEAKS, { think: true }),
  "chat, a load alone": post("/api/chat", { model: SPEAKS, stream: false }),
  "chat, two tokens": chat(SPEAKS, { options: { num_predict: 2 } }),
  "chat, a bad keep_alive": chat(SPEAKS, { keep_alive: "10" }),
  "a long prompt as OpenClaw sends it": chat(SPEAKS, { messages: LONG, options: { num_ctx: 2048 }, stream: true, ...AS_OPENCLAW }),
  "a long prompt that may be cut": chat(SPEAKS, { messages: LONG, options: { num_ctx: 2048 } }),
  "a long prompt that may be cut and not shifted": chat(SPEAKS, { messages: LONG, options: { num_ctx: 2048 }, shift: false }),
  "v1, models": get("/v1/models"),
  "v1, a model that is not there": get("/v1/models/nope"),
  "v1, the root": get("/v1"),
  "v1, chat": post("/v1/chat/completions", { model: SPEAKS, messages: HI }),
  "v1, chat, not there": post("/v1/chat/completions", { model: "nope", messages: HI }),
  "v1, chat, no body": post("/v1/chat/completions", ""),
  "v1, chat, embedding": post("/v1/chat/completions", { model: "nomic-embed-text", messages: HI }),
  "v1, chat with tools, none": post("/v1/chat/completions", { model: "gemma3:4b", messages: HI, tools: [TOOL] }),
  "v1 and then the native path": post("/v1/api/chat", { model: SPEAKS }),
  "generate, not there": post("/api/generate", { model: "nope", prompt: "hi" }),
  "embed, not there": post("/api/embed", { model: "nope", input: "hi" }),
  "origin, foreign": get("/api/tags", { origin: "http://evil.example" }),
  "origin, foreign, asked before": get("/api/tags", { origin: "http://evil.example", "access-control-request-method": "GET" }, "OPTIONS"),
  "origin, localhost": get("/api/tags", { origin: "http://localhost" }),
  "origin, null": get("/api/tags", { origin: "null" }),
  "host, foreign": get("/api/version", { host: "ollama.example.com" }),
  "host, an address elsewhere": get("/api/version", { host: "8.8.8.8" }),
  "host, a private address": get("/api/version", { host: "10.1.2.3" }),
  "host, .local": get("/api/version", { host: "box.local" }),
  "host, .internal": get("/api/version", { host: "host.docker.internal:11434" }),
};

// What is asked while the weights of a model are not what they should be.
const MODEL = "mistral:7b";
const DAMAGE = {
  missing: (file) => renameSync(file, `${file}.away`),
  empty: (file) => truncateSync(file, 0),
  "with a damaged header": (file) => writeFileSync(file, Buffer.concat([Buffer.alloc(8), readFileSync(file).subarray(8)])),
  "cut in half": (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
  unreadable: (file) => chmodSync(file, 0),
};
const OF_DAMAGED = { tags: get("/api/tags"), show: post("/api/show", { model: MODEL }), chat: chat(MODEL) };

// What a manifest is not.
const BAD_MANIFEST = { tags: get("/api/tags"), show: post("/api/show", { model: MODEL }), chat: chat(MODEL) };

function ask(side, { method, path, headers, body }) {
  const [host, port] = side.at.split(":");
  return new Promise((done) => {
    const sent = request({ host, port, method, path, headers: { ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }), ...headers } }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part)).on("end", () => done({ status: response.statusCode, text }));
    });
    sent.on("error", (error) => done({ status: 0, text: String(error) }));
    sent.end(body);
  });
}

// Of what is well its shape; of what is wrong its words too, without what differs from machine to machine.
function gist({ status, text }, side) {
  const plain = (words) => words.replaceAll(side.models, "MODELS").replace(/[0-9a-f]{12,}/g, "DIGEST")
    // Which tensor lies behind the cut depends on the weights.
    .replace(/tensor \\?"[a-z0-9_.]+\\?"/g, "tensor T").replace(/\d{2,}/g, "N");
  const told = (value) => JSON.stringify(value, (_, one) => (typeof one === "string" ? plain(one) : one));
  try {
    const lines = text.trim().split("\n").map((line) => JSON.parse(line));
    const shapes = lines.map((line) => (status < 300 ? JSON.stringify(shape(line)) : told(line)));
    return `${status} ${[...new Set(shapes)].join(" then ")}`;
  } catch {
    return `${status} ${plain(text).trim()}`;
  }
}

// Which of these there are depends on the model and not on the server.
const OF_THE_MODEL = ["model_info", "tensors", "modelfile", "template", "parameters", "license", "arguments"];
const MAY_BE_LEFT_OUT = ["parameters", "license", "tensors", "parent_model", "requires"];

function shape(value, key) {
  if (OF_THE_MODEL.includes(key)) return "any";
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shape(one))))].sort();
  if (value === null || typeof value !== "object") return typeof value;
  const kept = Object.keys(value).filter((one) => !MAY_BE_LEFT_OUT.includes(one)).sort();
  return Object.fromEntries(kept.map((one) => [one, shape(value[one], one)]));
}

let [asked, differences] = [0, 0];

async function compare(name, what) {
  const said = [];
  for (const side of SIDES) said.push(gist(await ask(side, what), side));
  asked += 1;
  if (said[0] === said[1]) return;
  differences += 1;
  console.log(`${name}:\n  real      ${said[0].slice(0, 700)}\n  stand-in  ${said[1].slice(0, 700)}`);
}

const manifestOf = (side) => `${side.models}/manifests/registry.ollama.ai/library/${MODEL.replace(":", "/")}`;

function weightsOf(side) {
  const { layers } = JSON.parse(readFileSync(manifestOf(side)));
  const { digest } = layers.find((layer) => layer.mediaType.endsWith(".model"));
  return `${side.models}/blobs/${digest.replace(":", "-")}`;
}

async function whileDamaged(files, how, damage, requests) {
  files.forEach((file) => { copyFileSync(file, `${file}.kept`); damage(file); });
  for (const [name, what] of Object.entries(requests)) await compare(`${how}: ${name}`, what);
  files.forEach((file) => { renameSync(`${file}.kept`, file); chmodSync(file, 0o644); });
}

for (const [name, what] of Object.entries(ASKED)) await compare(name, what);
for (const [how, damage] of Object.entries(DAMAGE)) await whileDamaged(SIDES.map(weightsOf), `weights ${how}`, damage, OF_DAMAGED);
await whileDamaged(SIDES.map(manifestOf), "an empty manifest", (file) => truncateSync(file, 0), BAD_MANIFEST);
console.log(`${asked} requests, ${differences} differences`);
process.exit(differences === 0 ? 0 : 1);
