// The registry that `ollama pull` of a machine asks: manifests and blobs as they lie in the store of the lab's models.
//
// As the real one does, it sends who wants a blob to another host.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:https";

const [store, certificate] = process.argv.slice(2);
const LIBRARY = `${store}/manifests/registry.ollama.ai/library`;

function fileOf(url) {
  const [, name, kind, what] = /^\/v2\/library\/([\w.-]+)\/(manifests|blobs)\/([\w.:-]+)$/.exec(url) ?? [];
  if (!name || what.includes("..")) return undefined;
  return kind === "blobs" ? `${store}/blobs/${what.replace(":", "-")}` : `${LIBRARY}/${name}/${what}`;
}

function answer(request, response) {
  const file = fileOf(request.url);
  const size = file && statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
  const direct = request.headers.host.startsWith("storage.") || file.startsWith(LIBRARY);
  if (request.method === "HEAD") return response.writeHead(200, { "content-length": size }).end();
  if (!direct) return response.writeHead(307, { location: `https://storage.ollama.ai${request.url}` }).end();
  const [, from = 0, to = size - 1] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = { start: Number(from), end: Math.min(Number(to), size - 1) };
  response.writeHead(request.headers.range ? 206 : 200, { "content-length": part.end - part.start + 1 });
  createReadStream(file, part).pipe(response);
}

const pem = readFileSync(certificate);
createServer({ cert: pem, key: pem }, answer).listen(443, "0.0.0.0", () => console.log("listening"));
