//! The judge beside what the real OpenClaw says (`tests/lab/answers.mjs`).

use serde_json::Value;

use super::*;

fn judged(config: &Value, version: &str) -> (Judged, crate::facts::ConfigShape) {
    let schema = Schema::of(Some(version)).unwrap_or_else(|| panic!("no schema"));
    let asked = Asked { fill: &|text| Some(text.to_string()), place: &|_| None };
    let shape = schema.shape_of(config, &asked);
    (judge(&schema, &shape), shape)
}

/// Of a file of answers, each config that is judged otherwise, and how many there are.
fn compare(text: &str, version: &str) -> (Vec<String>, usize) {
    let all: Vec<Value> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    for one in &all {
        let (name, valid) = (&one["name"], one["valid"] == true);
        let (ours, _) = judged(&one["config"], version);
        let places = |text: &Value| -> Vec<String> {
            let mut all: Vec<String> = text
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|at| Some(at.as_str()?.to_string()))
                .collect();
            all.sort();
            all.dedup();
            all
        };
        let mut at: Vec<String> = ours.refused.iter().map(|problem| plain(&problem.at)).collect();
        at.sort();
        at.dedup();
        let is_open = one["open"] == true;
        let agrees = match (valid, ours.refused.is_empty(), ours.open.is_empty()) {
            (_, true, false) => is_open,
            (true, is_accepted, _) => is_accepted && !is_open,
            (false, ..) if one["elsewhere"] == true => !at.is_empty(),
            (false, ..) => !at.is_empty() && at.iter().all(|at| places(&one["refusedAt"]).contains(at)),
        };
        let starts = ours.refused.iter().all(|problem| problem.mends == Some(Mends::Starting));
        if !agrees || (!ours.refused.is_empty() && starts != (one["mended"] == true)) {
            wrong.push(format!(
                "{name}: {valid} {} {at:?} open {:?} mended {starts} {}",
                one["refusedAt"], ours.open, one["mended"]
            ));
        }
    }
    (wrong, all.len())
}

/// A key as OpenClaw prints it, which quotes nothing.
fn plain(key: &str) -> String {
    key.replace("[\"", ".").replace("\"]", "").trim_start_matches('.').to_string()
}

#[test]
fn configs_are_judged_as_openclaw_2026_9_6_judges_them() {
    let (wrong, all) = compare(include_str!("../../../../tests/cases/configs-2026.9.6.json"), "2026.9.6");
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn older_versions_judge_the_same_configs_in_their_own_way() {
    let configs = include_str!("../../../../tests/cases/configs-2026.9.6.json");
    let configs: Vec<Value> = serde_json::from_str(configs).unwrap_or_else(|error| panic!("{error}"));
    let answers = include_str!("../../../../tests/cases/configs-older.json");
    let answers: Value = serde_json::from_str(answers).unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    for (version, answers) in answers.as_object().into_iter().flatten() {
        for one in &configs {
            let name = one["name"].as_str().unwrap_or_default();
            let (ours, _) = judged(&one["config"], version);
            let agrees = ours.refused.is_empty() == answers[name].is_null();
            let is_open = ours.refused.is_empty() && !ours.open.is_empty();
            if !agrees && !is_open {
                let at: Vec<&str> = ours.refused.iter().map(|problem| &*problem.at).collect();
                wrong.push(format!("{version} {name}: {} {at:?}", answers[name]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_shape_holds_no_text_that_the_schema_does_not_have() {
    let config = serde_json::json!({
        "env": {"vars": {"OLLAMA_API_KEY": "canary-1"}},
        "models": {"providers": {"ollama": {
            "baseUrl": "http://user:canary-2@10.0.0.5", "apiKey": "canary-3", "api": "canary-4",
            "headers": {"Authorization": "Bearer canary-5"}, "params": {"x": {"y": ["canary-6"]}},
        }}},
        "gateway": {"bind": "canary-7", "auth": {"mode": "token", "token": "canary-8"}},
        "channels": {
            "telegram": {"botToken": "canary-9", "groups": {"-100canary10": {}}},
            "whatsapp": {"accounts": {"+49canary11": {}}, "allowFrom": ["canary-12"]},
        },
        "plugins": {"entries": {"x": {"config": {"token": "canary-13"}}}},
        "sk-canary0123456789abcdef0123456789": 1,
        "hooks": {"mappings": [{"canary-14": "canary-15"}]},
    });
    let (judged, shape) = judged(&config, "2026.9.6");
    let text = serde_json::to_string(&shape).unwrap_or_default();
    assert!(!text.contains("canary"), "{text}");
    assert!(text.contains(r#""at":"gateway.auth.mode","depth":3,"is":"text","word":"token""#), "{text}");
    assert!(!judged.refused.is_empty());
}

#[test]
fn every_line_can_be_read_and_leads_to_earlier_ones() {
    let schema = Schema::of(None).unwrap_or_else(|| panic!("no schema"));
    for (number, line) in
        schema.lines.iter().enumerate().filter(|(_, line)| !line.starts_with(['=', 'p', 'm', 'w', 'c']))
    {
        let node = schema.node(number);
        assert!(node.leads_to().iter().all(|to| *to < number), "{number}: {line}");
        assert_eq!(node.unread, 0, "{number}: {line}");
        for demand in &node.demands {
            assert!(text::is_known(demand), "{number}: {demand}");
        }
    }
}

#[test]
fn a_version_that_was_not_measured_has_the_schema_before_it() {
    let of = |version| Schema::of(version).map(|schema| schema.version);
    assert_eq!(of(Some("2026.9.6")), Some("2026.9.6"));
    assert_eq!(of(Some("2026.10.2")), Some("2026.9.6"));
    assert_eq!(of(None), Some("2026.9.6"));
    assert_eq!(of(Some("main")), Some("2026.9.6"));
    assert_eq!(of(Some("2026.6.36")), Some("2026.6.35"));
}
