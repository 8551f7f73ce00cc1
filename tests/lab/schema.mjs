// Makes the schema of a config that a real OpenClaw accepts, as src/rules/openclaw/config_schema/ keeps it:
//   node tests/lab/schema.mjs src/rules/openclaw/config_schema/nodes.txt PACKAGE…   (node as that OpenClaw wants it)
// PACKAGE is the directory of the npm package. What the program checks itself (zod) is walked; channels and plugins
// come from what it prints (openclaw config schema). Structure only. A line is a node and names earlier lines by
// their number, so that equal parts stand once, and another version adds only what differs in it. A line of a
// version is `= VERSION ROOT`, of its own providers `p VERSION ID…`, of those that search the web `w VERSION ID…`, of
// other names of channels `c VERSION NAME…`. `!` marks what a function of OpenClaw judges beside the structure.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chunks } from "./package.mjs";

const [file, ...packages] = process.argv.slice(2);
const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
const numbers = new Map(lines.map((line, number) => [line, number]));

function put(...words) {
  const line = words.filter((word) => word !== "").join(" ");
  if (!numbers.has(line)) numbers.set(line, lines.push(line) - 1);
  return numbers.get(line);
}
const word = (text) => (/^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(text) ? text : JSON.stringify(text));
const any = () => put("a");
const union = (options, discriminator) => {
  const own = [...new Set(options)];
  return own.length === 1 ? own[0] : put(discriminator ? `d ${word(discriminator)}` : "u", ...own);
};
const literals = (values) => put("e", ...values.map((value) => JSON.stringify(value)));
const object = (fields, rest, more) => put("o", ...fields, rest === undefined ? "" : `*${rest}`, ...more);

// A pattern as the regex crate takes it; what must not follow is told apart, since it looks nowhere ahead.
function pattern(source, flags) {
  const not = [];
  let text = source.replaceAll("(?![\\s\\S])", "$").replaceAll("[^\\p{Cs}]", "[\\s\\S]").replaceAll("\\p{Cs}", "")
    .replaceAll("\\d", "[0-9]").replaceAll("\\0", "\\x00").replaceAll("\\/", "/").replaceAll("[^.[\\]]", "[^.\\[\\]]");
  for (let at; (at = text.indexOf("(?!")) >= 0;) {
    let end = at + 3;
    for (let depth = 1; depth > 0; end += 1) {
      if (text[end] === "\\") end += 1;
      else if (text[end] === "(") depth += 1;
      else if (text[end] === ")") depth -= 1;
    }
    not.push(text.slice(0, at) + text.slice(at + 3, end - 1));
    text = text.slice(0, at) + text.slice(end);
  }
  if (text.includes("(?=") || text.includes("(?<")) return ["!"];
  const flag = flags.includes("i") ? "(?i)" : "";
  return [`re=${JSON.stringify(flag + text)}`, ...not.map((one) => `not=${JSON.stringify(flag + one)}`)];
}

// What zod checks beside the type.
function checks(def, kind) {
  const words = [];
  const all = [...(def.check ? [{ _zod: { def } }] : []), ...(def.checks ?? [])];
  for (const check of all) {
    const one = check._zod.def;
    if (one.check === "min_length") words.push(`min=${one.minimum}`);
    else if (one.check === "max_length") words.push(`max=${one.maximum}`);
    else if (one.check === "length_equals") words.push(`min=${one.length}`, `max=${one.length}`);
    else if (one.check === "greater_than") words.push(`${one.inclusive ? ">=" : ">"}${one.value}`);
    else if (one.check === "less_than") words.push(`${one.inclusive ? "<=" : "<"}${one.value}`);
    else if (one.check === "number_format") words.push("int");
    else if (one.check === "string_format" && one.pattern) words.push(...pattern(one.pattern.source, one.pattern.flags));
    else if (one.check === "string_format") words.push(`fmt=${one.format}`);
    else if (one.check === "overwrite" && kind === "string") words.push(one.tx(" A ") === "A" ? "trim" : "!");
    else words.push("!");
  }
  return [...new Set(words)];
}

function mayBeMissing(field) {
  return field._zod.optin === "optional" || field.safeParse(undefined).success;
}

function zod(schema, open) {
  const def = schema._zod.def;
  const inner = () => zod(def.innerType, open);
  switch (def.type) {
    case "string": return put("s", ...checks(def, "string"));
    case "number": return put("n", ...checks(def, "number"));
    case "boolean": return put("b");
    case "null": return literals([null]);
    case "undefined": case "void": case "never": return put("x");
    case "any": case "unknown": case "custom": return put("a", ...checks(def));
    case "literal": return literals(def.values);
    case "enum": return literals(Object.values(def.entries));
    case "array": return put("l", zod(def.element, open), ...checks(def));
    case "tuple": return put("t", ...def.items.map((item) => zod(item, open)));
    case "record": return put("r", zod(def.keyType, open), zod(def.valueType, open), ...checks(def));
    case "union": {
      const made = union(def.options.map((option) => zod(option, open)), def.discriminator);
      return checks(def).includes("!") ? put("&", made, put("a", "!")) : made;
    }
    case "intersection": return put("&", zod(def.left, open), zod(def.right, open));
    case "nullable": return union([inner(), literals([null])]);
    case "lazy": return zod(def.getter(), open);
    case "pipe": return def.in._zod.def.type === "transform" ? zod(def.out, open) : zod(def.in, open);
    case "transform": return any();
    case "object": {
      // What holds itself is not followed for ever.
      if (open.includes(schema)) return put("a", "!");
      const fields = Object.entries(def.shape).map(([name, field]) => {
        return `${word(name)}${mayBeMissing(field) ? "=" : "!"}${zod(field, [...open, schema])}`;
      });
      const rest = def.catchall?._zod.def.type === "never" ? undefined : def.catchall ? zod(def.catchall, open) : any();
      return object(fields, rest, checks(def));
    }
    default:
      if (def.innerType) return inner();
      throw new Error(`a type of zod that is not known: ${def.type}`);
  }
}

// What a JSON schema says, each word of it that asks something.
function json(schema, root) {
  if (schema === true || schema === undefined) return any();
  if (schema === false) return put("x");
  if (schema.$ref) return json(schema.$ref.split("/").slice(1).reduce((at, step) => at[step], root), root);
  const parts = [];
  if (schema.enum || "const" in schema) parts.push(literals(schema.enum ?? [schema.const]));
  else if (schema.type) parts.push(union([schema.type].flat().map((type) => typed(type, schema, root))));
  else if (schema.properties || schema.required) parts.push(any(), put("a", "!"));
  if (schema.anyOf) parts.push(union(schema.anyOf.map((one) => json(one, root))));
  if (schema.oneOf) parts.push(union(schema.oneOf.map((one) => json(one, root))));
  for (const one of schema.allOf ?? []) parts.push(json(one, root));
  if (["not", "if", "uniqueItems", "patternProperties", "dependencies"].some((key) => key in schema)) parts.push(put("a", "!"));
  const own = [...new Set(parts)].filter((part) => lines[part] !== "a");
  return own.length === 0 ? any() : own.length === 1 ? own[0] : put("&", ...own);
}

function typed(type, schema, root) {
  const bound = (key, mark) => (key in schema ? `${mark}${schema[key]}` : "");
  const formats = { uri: "fmt=url", email: "!", "date-time": "!" };
  switch (type) {
    case "string": return put("s", bound("minLength", "min="), bound("maxLength", "max="),
      ...(schema.pattern ? pattern(schema.pattern, "") : []), schema.format ? formats[schema.format] ?? "!" : "");
    case "number": case "integer": return put("n", type === "integer" ? "int" : "", bound("minimum", ">="), bound("maximum", "<="),
      bound("exclusiveMinimum", ">"), bound("exclusiveMaximum", "<"));
    case "boolean": return put("b");
    case "null": return literals([null]);
    case "array":
      if (Array.isArray(schema.items)) return put("t", ...schema.items.map((item) => json(item, root)));
      return put("l", json(schema.items, root), bound("minItems", "min="), bound("maxItems", "max="));
    case "object": {
      const names = schema.propertyNames ? json(schema.propertyNames, root) : put("s");
      const size = [bound("minProperties", "min="), bound("maxProperties", "max=")].filter(Boolean);
      if (!schema.properties && !schema.required && schema.additionalProperties !== false) {
        return put("r", names, json(schema.additionalProperties, root), ...size);
      }
      // What has a default is filled in before it is asked for.
      const required = new Set((schema.required ?? []).filter((name) => !("default" in (schema.properties?.[name] ?? {}))));
      const fields = Object.entries(schema.properties ?? {});
      for (const name of required) if (!schema.properties?.[name]) fields.push([name, true]);
      const rest = schema.additionalProperties === false ? undefined : json(schema.additionalProperties, root);
      return object(fields.map(([name, field]) => `${word(name)}${required.has(name) ? "!" : "="}${json(field, root)}`),
        rest, size.length > 0 || names !== put("s") ? ["!"] : []);
    }
    default: throw new Error(`a type of JSON that is not known: ${type}`);
  }
}

// An object of which some fields are replaced by what OpenClaw prints of them.
function beside(number, fields, rest) {
  const [kind, ...old] = lines[number].split(" ");
  if (kind !== "o" && kind !== "r") throw new Error(`no object: ${lines[number]}`);
  const kept = kind === "o" ? old.filter((one) => !/^\*/.test(one) && !fields.some((field) => field.split("=")[0] === one.split(/[=!]/)[0])) : [];
  return put("o", ...kept.filter((one) => one !== "!"), ...fields, rest === undefined ? "" : `*${rest}`, ...kept.filter((one) => one === "!"));
}
const child = (number, name) => Number(lines[number].split(" ").find((one) => one.startsWith(`${name}=`)).split("=")[1]);

async function schemaOf(dist) {
  for (const [chunk, text] of chunks(dist)) {
    if (!/(const|var|let) OpenClawSchema = /.test(text)) continue;
    const name = text.match(/export \{[^}]*\bOpenClawSchema as (\w+)/)?.[1] ?? (/export \{[^}]*\bOpenClawSchema\b/.test(text) && "OpenClawSchema");
    if (name) return (await import(chunk))[name];
  }
  throw new Error(`no chunk exports OpenClawSchema: ${dist}`);
}

// The providers that need no address of their own, where this version tells them apart.
function ownProviders(dist) {
  for (const [chunk, text] of chunks(dist)) {
    const set = text.match(/function isBuiltInModelProviderOverlayId\(\w+\) \{\s*return (\w+)\.has/)?.[1];
    const ids = set && text.match(new RegExp(`${set} = [^\\[]*\\[([^\\]]*)\\]`))?.[1];
    if (ids) return JSON.parse(`[${ids}]`);
  }
  return [];
}

// What plugins that come along say of themselves: providers of web search, and other names of channels.
function namesOfPlugins(dist) {
  const names = { search: new Set(), aliases: new Set() };
  const extensions = join(dist, "extensions");
  for (const one of existsSync(extensions) ? readdirSync(extensions) : []) {
    const read = (name) => (existsSync(join(extensions, one, name)) ? JSON.parse(readFileSync(join(extensions, one, name), "utf8")) : {});
    for (const id of read("openclaw.plugin.json").contracts?.webSearchProviders ?? []) names.search.add(id);
    for (const name of read("package.json").openclaw?.channel?.aliases ?? []) names.aliases.add(name);
  }
  return names;
}

function printed(directory) {
  const home = mkdtempSync(join(tmpdir(), "schema-"));
  const program = join(directory, "openclaw.mjs");
  const text = execFileSync(process.execPath, [program, "config", "schema"], { env: { HOME: home, PATH: process.env.PATH }, maxBuffer: 1 << 26 });
  return JSON.parse(text);
}

for (const one of packages) {
  const directory = resolve(one);
  const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const root = zod(await schemaOf(join(directory, "dist")), []);
  const { channels, plugins } = printed(directory).properties;
  const known = Object.entries(channels.properties).filter(([name]) => !["defaults", "modelByChannel"].includes(name));
  const ownChannels = beside(child(root, "channels"), known.map(([name, schema]) => `${word(name)}=${json(schema, schema)}`), any());
  const entries = plugins.properties.entries;
  const general = json(entries.additionalProperties, entries.additionalProperties);
  const ownEntries = beside(child(child(root, "plugins"), "entries"), Object.entries(entries.properties ?? {}).map(([name, schema]) =>
    `${word(name)}=${json(schema, schema.properties?.config ?? schema)}`), general);
  const ownPlugins = beside(child(root, "plugins"), [`entries=${ownEntries}`]);
  const providers = ownProviders(join(directory, "dist"));
  if (providers.length > 0) put("p", version, ...providers);
  const { search, aliases } = namesOfPlugins(join(directory, "dist"));
  if (search.size > 0) put("w", version, ...search);
  if (aliases.size > 0) put("c", version, ...aliases);
  put("=", version, beside(root, [`channels=${ownChannels}`, `plugins=${ownPlugins}`]));
  console.error(`${version}: ${lines.length} lines so far`);
}
writeFileSync(file, lines.join("\n") + "\n");
process.exit(0);
