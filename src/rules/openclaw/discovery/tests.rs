//! The rules on facts made by hand; `tests/live/offers.rs` has what OpenClaw itself said.

use serde_json::{Value, json};

use super::*;
use crate::facts::{Fact, KeyPlace};

const PAGE: Rules = Rules::Documented;
const NOW: Rules = Rules::Installed;

/// One model: its capabilities, and what else `/api/show` says; `null` where it did not answer.
fn ollama(name: &str, tag: Value, info: Value) -> Value {
    let mut listed = json!({ "name": name, "size": 7, "remoteHost": null, "parameterSize": null });
    merge(&mut listed, &tag);
    let outcome = match &info {
        Value::Null => json!({ "status": "no" }),
        info => {
            let mut shown = json!({ "capabilities": null, "contextLength": null, "numCtx": null });
            merge(&mut shown, info);
            json!({ "understood": shown })
        }
    };
    let answer = |outcome: Value| json!({ "ms": 1.0, "status": 200, "server": null, "outcome": outcome });
    json!({
        "provider": "ollama",
        "baseUrl": { "value": "http://127.0.0.1:11434", "from": "default" },
        "tags": answer(json!({ "understood": [listed] })),
        "shows": [{ "name": name, "answer": answer(outcome) }],
        "running": answer(json!({ "understood": [{ "name": name, "size": 1, "sizeVram": 0 }] })),
    })
}

fn merge(into: &mut Value, more: &Value) {
    let (Some(into), Some(more)) = (into.as_object_mut(), more.as_object()) else { return };
    into.extend(more.clone());
}

/// Facts with this endpoint, this config and a key in `~/.openclaw/.env`.
fn facts(endpoint: Value, config: Value) -> Facts {
    let primary = json!({ "value": "ollama/m:1b", "from": "agents.defaults.model.primary" });
    let mut whole = json!({ "path": "openclaw.json", "state": { "is": "parsed" }, "primary": primary });
    merge(&mut whole, &config);
    let facts = json!({
        "at": "2026-11-22T12:00:00Z",
        "config": whole,
        "keys": [{ "place": "dot-env", "key": { "set": true, "class": "marker" } }],
        "endpoints": [endpoint],
    });
    serde_json::from_value(facts).unwrap_or_else(|error| panic!("{error}"))
}

fn offered(facts: &Facts, rules: Rules) -> Offer {
    offer(facts, &facts.endpoints[0], rules).unwrap_or_else(|| panic!("no list"))
}

fn one(name: &str, tag: Value, info: Value, rules: Rules) -> Model {
    offered(&facts(ollama(name, tag, info), json!({})), rules).models.remove(0)
}

fn source(config: Value, rules: Rules) -> Discovery {
    let shown = json!({ "capabilities": ["completion", "tools"] });
    offered(&facts(ollama("m:1b", json!({}), shown), config), rules).discovery
}

fn entry(more: Value) -> Value {
    let mut provider =
        json!({ "id": "ollama", "api": null, "baseUrl": null, "apiKey": { "set": false, "class": "none" } });
    merge(&mut provider, &more);
    json!({ "providers": [provider] })
}

#[test]
fn the_page_keeps_what_reports_tools() {
    let kept = |info| one("m:1b", json!({}), info, PAGE).offered;
    assert!(kept(json!({ "capabilities": ["completion", "tools"] })));
    assert!(!kept(json!({ "capabilities": ["completion"] })));
    assert!(!kept(json!({})) && !kept(Value::Null), "what nobody said is not tools");
}

#[test]
fn the_page_has_ten_windows_and_a_window_of_8192_where_none_is_told() {
    let model = one("m:1b", json!({}), json!({ "capabilities": ["tools", "thinking"] }), PAGE);
    assert_eq!((model.context_window, model.max_tokens), (Some(8_192), Some(81_920)));
    assert_eq!((model.reasoning, model.context_tokens), (Some(true), None));
    let told = json!({ "capabilities": ["tools"], "contextLength": 32_768, "numCtx": 65_536.0 });
    assert_eq!(one("m:1b", json!({}), told, PAGE).context_window, Some(32_768));
}

#[test]
fn now_everything_that_can_chat_is_kept_and_tools_are_told_apart() {
    let model = |info| one("m:1b", json!({}), info, NOW);
    let tools = |info| (model(info)).tools;
    for info in [json!({ "capabilities": ["completion"] }), Value::Null, json!({})] {
        assert!(model(info.clone()).offered, "{info}");
    }
    assert!(!model(json!({ "capabilities": ["embedding"] })).offered);
    assert!(!model(json!({ "capabilities": ["vision"] })).offered);
    assert!(!model(json!({ "capabilities": [] })).offered);
    assert!(model(json!({ "capabilities": ["embedding", "completion"] })).offered);
    assert_eq!(tools(json!({ "capabilities": ["completion", "tools"] })), Some(true));
    assert_eq!(tools(json!({ "capabilities": ["completion"] })), Some(false));
    assert_eq!(tools(json!({})), Some(true), "a server from before capabilities");
    assert_eq!(tools(Value::Null), Some(false), "a show that failed");
}

#[test]
fn the_list_stands_in_for_a_show_that_failed() {
    let tag = json!({ "capabilities": ["completion", "tools", "vision"], "contextLength": 4096 });
    let model = one("m:1b", tag, Value::Null, NOW);
    assert_eq!((model.tools, model.vision, model.context_window), (Some(true), Some(true), Some(4096)));
}

#[test]
fn without_capabilities_the_name_tells_who_thinks() {
    let thinks = |name, info| one(name, json!({}), info, NOW).reasoning;
    assert_eq!(thinks("deepseek-R1:7b", json!({})), Some(true));
    assert_eq!(thinks("deepseek-r1:7b", json!({ "capabilities": ["completion"] })), Some(false));
    assert_eq!(thinks("glm-5.2", json!({ "capabilities": ["completion"] })), Some(true));
    assert_eq!(thinks("llama3", json!({})), Some(false));
}

#[test]
fn the_window_is_the_largest_that_is_told() {
    let window = |length: Value, set: Value| {
        let model = one("m:1b", json!({}), json!({ "contextLength": length, "numCtx": set }), NOW);
        (model.context_window, model.context_tokens, model.max_tokens)
    };
    assert_eq!(window(json!(8192), json!(65536.0)), (Some(65_536), Some(32_768), Some(8_192)));
    assert_eq!(window(json!(8192), json!(2048.0)), (Some(8_192), Some(8_192), Some(8_192)));
    assert_eq!(window(Value::Null, Value::Null).0, Some(128_000));
    // Of 1.048576e+06 OpenClaw reads the 1, of 1e+06 nothing.
    assert_eq!(window(Value::Null, json!(1_048_576.0)).0, Some(1));
    assert_eq!(window(json!(8192), json!(1_048_576.0)).0, Some(8_192));
    assert_eq!(window(Value::Null, json!(1_000_000.0)).0, Some(128_000));
    assert_eq!(window(Value::Null, json!(-1.0)).0, Some(128_000));
}

#[test]
fn a_model_that_runs_elsewhere_is_offered_and_not_capped() {
    let tag = json!({ "remoteHost": "https://ollama.com:443" });
    let facts = |name: &str, tag: &Value| {
        let mut endpoint = ollama(name, tag.clone(), Value::Null);
        endpoint["shows"] = json!([]);
        facts(endpoint, json!({}))
    };
    let cloud = offered(&facts("gpt-oss:120b-cloud", &tag), NOW).models.remove(0);
    assert_eq!((cloud.offered, cloud.tools, cloud.context_tokens), (true, None, None));
    let known = offered(&facts("glm-5.1:cloud", &json!({})), NOW).models.remove(0);
    assert_eq!(known.context_window, Some(202_752));
    let embeds = json!({ "remoteModel": "e", "capabilities": ["embedding"] });
    assert!(!offered(&facts("e:1b", &embeds), NOW).models[0].offered);
    assert!(!offered(&facts("gpt-oss:120b-cloud", &tag), PAGE).models[0].offered);
}

#[test]
fn openclaw_takes_200_models_and_asks_about_800() {
    let model = Model { offered: true, ..Model::default() };
    let mut models = vec![model.clone(); 300];
    limit(&mut models, NOW);
    assert_eq!(models.iter().filter(|model| model.offered).count(), 200);
    let mut models = vec![Model::default(); 799];
    models.extend(vec![model; 2]);
    limit(&mut models, NOW);
    assert!(models[799].offered && !models[800].offered);
}

#[test]
fn a_list_by_hand_is_taken_as_it_is() {
    let listed = |id: &str| json!({ "id": { "value": id, "from": "x" } });
    let mut priced = listed("ollama/m:1b");
    priced["costs"] = json!([{ "value": 2.5, "from": "models.providers.ollama.models.0.cost.output" }]);
    priced["contextWindow"] = json!({ "value": 4096.0, "from": "x" });
    let mut config = entry(json!({ "models": [priced, listed("gone:1b")] }));
    config["primary"] = Value::Null;
    let shown = json!({ "capabilities": ["completion", "tools"] });
    let mut endpoint = ollama("m:1b", json!({}), shown);
    let other = endpoint["tags"]["outcome"]["understood"][0].clone();
    endpoint["tags"]["outcome"]["understood"] =
        json!([other, { "name": "unlisted:1b", "size": 9, "remoteHost": null, "parameterSize": null }]);
    let offer = offered(&facts(endpoint, config), NOW);
    assert_eq!(offer.discovery, Discovery::Listed);
    let short: Vec<(&str, bool, Option<u64>)> =
        offer.models.iter().map(|model| (&*model.id, model.offered, model.size_bytes)).collect();
    assert_eq!(
        short,
        [("ollama/m:1b", true, Some(7)), ("gone:1b", true, None), ("unlisted:1b", false, Some(9))]
    );
    let [first, gone, unlisted] = &offer.models[..] else { panic!("three") };
    assert_eq!((first.cost.output, first.context_window, first.max_tokens), (2.5, Some(4096), Some(4096)));
    assert_eq!((gone.context_window, gone.context_tokens), (Some(128_000), None));
    assert!(gone.why.contains("not installed") && unlisted.why.contains("does not list it"));
    assert_eq!((first.loaded, gone.loaded), (Some(true), Some(false)));
}

#[test]
fn discovery_can_be_off() {
    assert_eq!(source(json!({}), NOW), Discovery::On);
    assert_eq!(source(json!({}), PAGE), Discovery::On);
    for config in [
        json!({ "pluginEnabled": { "value": false, "from": "x" } }),
        json!({ "discoveryEnabled": { "value": false, "from": "x" } }),
        json!({ "state": { "is": "broken", "kind": "syntax", "message": "", "file": "", "key": null,
                "line": null, "column": null, "shown": null } }),
    ] {
        assert!(matches!(source(config.clone(), NOW), Discovery::Off(_)), "{config}");
    }
    // The page: an explicit entry turns discovery off, the key alone does not.
    let address = json!({ "baseUrl": { "value": "http://h:11434", "from": "x" } });
    assert!(matches!(source(entry(address.clone()), PAGE), Discovery::Off(_)));
    assert_eq!(source(entry(address), NOW), Discovery::On);
    assert_eq!(source(entry(json!({ "apiKey": { "set": true, "class": "marker" } })), PAGE), Discovery::On);
}

#[test]
fn a_key_or_another_address_turns_discovery_on() {
    let shown = json!({ "capabilities": ["completion", "tools"] });
    let mut without = facts(ollama("m:1b", json!({}), shown), json!({}));
    without.keys.clear();
    assert!(matches!(offered(&without, NOW).discovery, Discovery::Off(_)));
    assert!(matches!(offered(&without, PAGE).discovery, Discovery::Off(_)));
    for (url, discovery) in [
        ("http://localhost:11434", true),
        ("http://127.0.0.1:11434/v1/", false),
        ("http://127.0.0.1:11434/", false),
    ] {
        without.endpoints[0].base_url.value = url.into();
        assert_eq!(offered(&without, NOW).discovery == Discovery::On, discovery, "{url}");
    }
}

#[test]
fn what_the_config_names_is_offered_where_openclaw_does_not_look() {
    let off = json!({ "discoveryEnabled": { "value": false, "from": "x" } });
    let with = |name: &str, capabilities: Value, off: Value| {
        offered(&facts(ollama(name, json!({}), json!({ "capabilities": capabilities })), off), NOW).models
    };
    let named = with("m:1b", json!(["completion", "tools"]), off.clone());
    assert_eq!((named.len(), named[0].offered), (1, true));
    assert!(named[0].why.starts_with("the config names it"), "{}", named[0].why);
    assert!(!with("other:1b", json!(["completion", "tools"]), off.clone())[0].offered);
    let short = json!({ "primary": { "value": "ollama/m", "from": "x" } });
    assert_eq!(with("m:latest", json!(["completion"]), short.clone()).len(), 1);
    let mut short_and_off = off;
    merge(&mut short_and_off, &short);
    let both = with("m:latest", json!(["completion"]), short_and_off);
    let ids: Vec<(&str, bool)> = both.iter().map(|model| (&*model.id, model.offered)).collect();
    assert_eq!(ids, [("m:latest", false), ("m", true)]);
    let plugin = json!({ "pluginEnabled": { "value": false, "from": "x" } });
    assert!(!with("m:1b", json!(["completion", "tools"]), plugin)[0].offered);
}

#[test]
fn the_plugin_is_off_where_nothing_names_it() {
    let shown = json!({ "capabilities": ["completion", "tools"] });
    let marker = entry(json!({ "apiKey": { "set": true, "class": "marker" } }));
    let mut facts = facts(ollama("m:1b", json!({}), shown), marker);
    facts.keys[0].place = KeyPlace::ProviderConfig;
    assert_eq!(offered(&facts, NOW).discovery, Discovery::On);
    if let Fact::Seen(config) = &mut facts.config {
        config.primary = None;
    }
    assert!(matches!(offered(&facts, NOW).discovery, Discovery::Off(_)));
    facts.endpoints[0].base_url.from = "--base-url".into();
    assert_eq!(offered(&facts, NOW).discovery, Discovery::On);
    facts.keys[0].place = KeyPlace::DotEnv;
    facts.endpoints[0].base_url.from = "default".into();
    assert_eq!(offered(&facts, NOW).discovery, Discovery::On);
}
