//! Every command but `serve`. Ollama source: cmd/cmd.go.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::client::Client;
use crate::env::Env;
use crate::fail;
use crate::knobs::Knobs;
use crate::name::Name;
use crate::registry::Registry;
use crate::store::Store;
use crate::text::{decimal_size, relative, table};

const HELP: &str = "Large language model runner

Usage:
  ollama [flags]
  ollama [command]

Available Commands:
  serve       Start Ollama
  show        Show information for a model
  run         Run a model
  stop        Stop a running model
  pull        Pull a model from a registry
  list        List models
  ps          List running models
  rm          Remove a model
  help        Help about any command

Flags:
  -h, --help      help for ollama
  -v, --version   Show version information

Use \"ollama [command] --help\" for more information about a command.";

pub(crate) fn command(args: &[String], env: &Env, knobs: &Knobs) -> ExitCode {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let client = Client { host: &env.host };
    let done = match args.as_slice() {
        [] | ["help" | "-h" | "--help", ..] | [_, "-h" | "--help", ..] => {
            out!("{HELP}");
            Ok(())
        }
        ["-v" | "--version", ..] => {
            print_versions(&client, knobs);
            Ok(())
        }
        ["seed", names @ ..] => seed(env, knobs, names),
        ["list" | "ls", rest @ ..] => up(&client).and_then(|()| list(&client, rest.first().copied())),
        ["ps", ..] => up(&client).and_then(|()| ps(&client)),
        ["pull", name] => up(&client).and_then(|()| pull(&client, name)),
        ["show", name] => up(&client).and_then(|()| show(&client, name)),
        ["stop", name] => up(&client).and_then(|()| stop(&client, name)),
        ["rm", names @ ..] if !names.is_empty() => up(&client).and_then(|()| remove(&client, names)),
        ["run", name, prompt @ ..] => up(&client).and_then(|()| run(&client, name, &prompt.join(" "))),
        ["pull" | "show" | "stop", rest @ ..] => Err(format!("accepts 1 arg(s), received {}", rest.len())),
        ["rm" | "run", ..] => Err("requires at least 1 arg(s), only received 0".to_owned()),
        ["serve" | "start", rest @ ..] => Err(format!("accepts 0 arg(s), received {}", rest.len())),
        [other, ..] => Err(format!("unknown command \"{other}\" for \"ollama\"")),
    };
    done.map_or_else(|why| fail(&why), |()| ExitCode::SUCCESS)
}

fn up(client: &Client<'_>) -> Result<(), String> {
    client.heartbeat()
}

fn print_versions(client: &Client<'_>, knobs: &Knobs) {
    let server = client.json("GET", "/api/version", None);
    let server = server.map(|value| text(&value, "version").to_owned());
    match &server {
        Ok(version) if !version.is_empty() => out!("ollama version is {version}"),
        _ => out!("Warning: could not connect to a running Ollama instance"),
    }
    if server.ok().as_deref() != Some(&knobs.version.text) {
        out!("Warning: client version is {}", knobs.version.text);
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn rows(value: &Value) -> &[Value] {
    value.get("models").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn time(value: &Value, key: &str) -> String {
    text(value, key).parse::<Timestamp>().map(relative).unwrap_or_else(|_| "Never".to_owned())
}

fn short_digest(value: &Value) -> String {
    text(value, "digest").chars().take(12).collect()
}

fn print_table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let header = header.iter().map(|title| (*title).to_owned()).collect();
    let all: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    out!("{}", table(&all).trim_end_matches('\n'));
}

fn list(client: &Client<'_>, prefix: Option<&str>) -> Result<(), String> {
    let tags = client.json("GET", "/api/tags", None)?;
    let prefix = prefix.unwrap_or_default().to_lowercase();
    let wanted = rows(&tags).iter().filter(|model| text(model, "name").to_lowercase().starts_with(&prefix));
    let lines = wanted.map(|model| {
        let size = if text(model, "remote_model").is_empty() {
            decimal_size(number(model, "size"))
        } else {
            "-".into()
        };
        vec![text(model, "name").to_owned(), short_digest(model), size, time(model, "modified_at")]
    });
    print_table(&["NAME", "ID", "SIZE", "MODIFIED"], lines);
    Ok(())
}

fn ps(client: &Client<'_>) -> Result<(), String> {
    let running = client.json("GET", "/api/ps", None)?;
    let lines = rows(&running).iter().map(|model| {
        vec![
            text(model, "name").to_owned(),
            short_digest(model),
            decimal_size(number(model, "size")),
            processor(number(model, "size"), number(model, "size_vram")),
            number(model, "context_length").to_string(),
            time(model, "expires_at"),
        ]
    });
    print_table(&["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"], lines);
    Ok(())
}

fn processor(size: u64, vram: u64) -> String {
    match vram {
        0 => "100% CPU".to_owned(),
        _ if vram == size => "100% GPU".to_owned(),
        _ if vram > size => "Unknown".to_owned(),
        _ => {
            let cpu = ((size - vram) as f64 / size as f64 * 100.0).round();
            format!("{cpu}%/{}% CPU/GPU", 100.0 - cpu)
        }
    }
}

/// The progress goes to stderr, as in Ollama.
fn pull(client: &Client<'_>, name: &str) -> Result<(), String> {
    err!("pulling manifest");
    for line in client.lines("/api/pull", &json!({ "model": name }))? {
        let status = text(&line, "status");
        match line.get("completed").and_then(Value::as_u64) {
            Some(size) => err!("{status}: 100% ▕██████████████████▏ {}", decimal_size(size)),
            None if line.get("total").is_none() && status != "pulling manifest" => {
                err!("{status}")
            }
            None => {}
        }
    }
    Ok(())
}

fn show(client: &Client<'_>, name: &str) -> Result<(), String> {
    let shown = client.json("POST", "/api/show", Some(&json!({ "model": name })))?;
    let details = shown.get("details").unwrap_or(&Value::Null);
    let info = shown.get("model_info").unwrap_or(&Value::Null);
    let family = text(info, "general.architecture");
    let length = |key: &str| info.get(format!("{family}.{key}")).map(Value::to_string);
    let row = |key: &str, value: &str| vec![format!("    {key}"), value.to_owned()];
    let mut model = vec![row("architecture", family), row("parameters", text(details, "parameter_size"))];
    for (title, key) in [("context length", "context_length"), ("embedding length", "embedding_length")] {
        model.extend(length(key).map(|value| row(title, &value)));
    }
    model.push(row("quantization", text(details, "quantization_level")));
    out!("  Model\n{}", table(&model));
    let capabilities = shown.get("capabilities").and_then(Value::as_array);
    let names = capabilities.into_iter().flatten().filter_map(Value::as_str);
    let names: Vec<Vec<String>> = names.map(|name| vec![format!("    {name}")]).collect();
    if !names.is_empty() {
        out!("  Capabilities\n{}", table(&names));
    }
    let parameters = text(&shown, "parameters").lines().filter_map(|line| line.split_once(' '));
    let parameters: Vec<Vec<String>> = parameters.map(|(key, value)| row(key, value.trim())).collect();
    if !parameters.is_empty() {
        out!("  Parameters\n{}", table(&parameters));
    }
    Ok(())
}

fn remove(client: &Client<'_>, names: &[&str]) -> Result<(), String> {
    for name in names {
        client.json("DELETE", "/api/delete", Some(&json!({ "model": name })))?;
        out!("deleted '{name}'");
    }
    Ok(())
}

fn stop(client: &Client<'_>, name: &str) -> Result<(), String> {
    match client.lines("/api/generate", &json!({ "model": name, "keep_alive": 0 })) {
        Err(why) if why.contains("not found") => Err(format!("couldn't find model \"{name}\" to stop")),
        result => result.map(|_| ()),
    }
}

/// Pulls what is not there, then asks; an empty prompt only loads. There is no conversation.
fn run(client: &Client<'_>, name: &str, prompt: &str) -> Result<(), String> {
    let shown = client.send("POST", "/api/show", Some(&json!({ "model": name })))?;
    if shown.status == 404 {
        pull(client, name)?;
    }
    let lines = client.lines("/api/generate", &json!({ "model": name, "prompt": prompt }))?;
    let answer: String = lines.iter().map(|line| text(line, "response")).collect();
    if !answer.is_empty() {
        out!("{answer}\n");
    }
    Ok(())
}

/// Not in Ollama: writes models into the store without a server.
fn seed(env: &Env, knobs: &Knobs, names: &[&str]) -> Result<(), String> {
    let registry = Registry::read(knobs.registry.as_deref())?;
    let store = Store::new(&env.models, &knobs.version);
    for text in names {
        let name = Name::parse(text).ok_or("invalid model name")?;
        let entry =
            registry.find(&name).ok_or_else(|| format!("{text} is in no registry of the stand-in"))?;
        store.put(&name, entry)?;
    }
    Ok(())
}
