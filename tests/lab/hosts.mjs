// Asks the real OpenClaw which hosts it takes for local, and prints what tests/cases/hosts-VERSION.json holds:
//   node tests/lab/hosts.mjs DIRECTORY-OF-THE-NPM-PACKAGE < tests/cases/hosts-2026.9.6.json
// The first answer is the Ollama plugin's (isLocalOllamaBaseUrl), the second that of the gate before an agent's
// turn (isLocalProviderBaseUrl, as isLocalAuthProviderBaseUrl calls it). Chunks are found by what they define.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const dist = join(resolve(process.argv[2]), "dist");
const chunks = readdirSync(dist).filter((name) => name.endsWith(".mjs"));

async function real(name) {
  for (const chunk of chunks) {
    const text = readFileSync(join(dist, chunk), "utf8");
    if (!text.includes(`function ${name}(`)) continue;
    const exported = text.match(new RegExp(`export \\{[^}]*\\b${name} as (\\w+)`));
    if (exported) return (await import(join(dist, chunk)))[exported[1]];
  }
  throw new Error(`no chunk exports ${name}`);
}

const isLocalOllamaBaseUrl = await real("isLocalOllamaBaseUrl");
const isLocalProviderBaseUrl = await real("isLocalProviderBaseUrl");
// MODEL_AUTH_LOCAL_HOST_ALIASES, which is not exported.
const aliases = new Set(["docker.orb.internal", "host.docker.internal", "host.orb.internal"]);

const hosts = Object.keys(JSON.parse(readFileSync(0, "utf8")));
const rows = hosts.map((host) => {
  const url = `http://${host}:11434`;
  return `  ${JSON.stringify(host)}: [${isLocalOllamaBaseUrl(url)}, ${isLocalProviderBaseUrl(url, aliases)}]`;
});
console.log(`{\n${rows.join(",\n")}\n}`);
