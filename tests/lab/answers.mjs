// Asks the real OpenClaw of configs, and writes what tests/cases/configs-VERSION.json holds: whether it accepts each,
// where it refuses it, and whether a gateway that starts mends it (planAutomaticConfigRepair):
//   node tests/lab/answers.mjs PACKAGE < CONFIGS > ANSWERS      (node as that OpenClaw wants it)
// PACKAGE is the directory of the npm package; CONFIGS is a list of objects with `name` and `config`.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exported } from "./package.mjs";

const dist = join(resolve(process.argv[2]), "dist");
const createConfigIO = await exported(dist, "createConfigIO");
const planRepair = await exported(dist, "planAutomaticConfigRepair");
const quiet = { warn() {}, error() {}, info() {}, debug() {} };
const rows = [];
for (const { name, config } of JSON.parse(readFileSync(0, "utf8"))) {
  const home = mkdtempSync(join(tmpdir(), "answers-"));
  const configPath = join(home, ".openclaw", "openclaw.json");
  mkdirSync(join(home, ".openclaw"));
  writeFileSync(configPath, JSON.stringify(config, null, 2));
  Object.assign(process.env, { HOME: home });
  const env = { HOME: home, PATH: process.env.PATH };
  const read = createConfigIO({ configPath, env, homedir: () => home, logger: quiet });
  const snapshot = await read.readConfigFileSnapshot();
  const refusedAt = [...new Set((snapshot.issues ?? []).map((issue) => issue.path))];
  let mended = false;
  try {
    mended = !snapshot.valid && Boolean(planRepair?.(snapshot));
  } catch {
    // A plan that fails mends nothing.
  }
  rows.push(JSON.stringify({ name, valid: snapshot.valid, refusedAt, ...(mended ? { mended } : {}), config }));
  rmSync(home, { recursive: true });
}
process.stdout.write(`[\n${rows.join(",\n")}\n]\n`, () => process.exit(0));
