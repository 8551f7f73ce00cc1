// What the chunks of OpenClaw's npm package hold, whose names the build makes up.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

// Each chunk of `dist` with its text.
export function* chunks(dist) {
  for (const name of readdirSync(dist).filter((one) => /\.m?js$/.test(one))) {
    yield [join(dist, name), readFileSync(join(dist, name), "utf8")];
  }
}

// A function of the package, which a chunk exports under a name of the build; nothing where none does.
export async function exported(dist, name) {
  for (const [chunk, text] of chunks(dist)) {
    if (!text.includes(`function ${name}(`)) continue;
    const as = text.match(new RegExp(`export \\{[^}]*\\b${name} as (\\w+)`))?.[1];
    if (as) return (await import(chunk))[as];
  }
}
