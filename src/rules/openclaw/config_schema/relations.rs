//! What functions of OpenClaw 2026.9.6 judge beside the structure: which text must be what, and which keys go
//! together (`zod-schema`, `validation-core` of the npm package). The schema marks where such a function is; one that
//! is not written down here leaves its place unjudged.

use super::agents;
use super::places::fits;
use super::problem::{Mends, Problem, Reason};
use super::schema::Schema;
use crate::facts::{ConfigShape, ShapeKind};
use crate::types::config_key::provider_id;

/// Texts that must be something: where, by the name of `text::is`, and in words.
pub const REFINED: &[(&str, &str, &str)] = &[
    ("agents.defaults.heartbeat.every", "duration", "a duration such as 30m"),
    ("agents.entries.*.heartbeat.every", "duration", "a duration such as 30m"),
    ("agents.defaults.heartbeat.activeHours.start", "time", "a time such as 08:00"),
    ("agents.entries.*.heartbeat.activeHours.start", "time", "a time such as 08:00"),
    ("agents.defaults.heartbeat.activeHours.end", "time", "a time such as 23:00"),
    ("agents.entries.*.heartbeat.activeHours.end", "time", "a time such as 23:00"),
    ("agents.defaults.heartbeat.agentId", "agent", "the id of an agent in agents.entries"),
    ("agents.defaults.systemAgent.agentId", "agent", "the id of an agent in agents.entries"),
    ("talk.agentId", "agent", "the id of an agent in agents.entries"),
    ("bindings.*.agentId", "agent-or-main", "the id of an agent in agents.entries"),
    ("agents.defaults.modelPolicy.allow.*", "policy-reference", "provider/model, provider/*, or an alias"),
    ("agents.entries.*.modelPolicy.allow.*", "policy-reference", "provider/model, provider/*, or an alias"),
    ("agents.defaults.sandbox.docker.network", "no-joined-network", "bridge, none, or a network of your own"),
    (
        "agents.entries.*.sandbox.docker.network",
        "no-joined-network",
        "bridge, none, or a network of your own",
    ),
    ("agents.defaults.sandbox.browser.network", "no-joined-network", "bridge, or a network of your own"),
    ("agents.entries.*.sandbox.browser.network", "no-joined-network", "bridge, or a network of your own"),
    ("agents.defaults.sandbox.docker.binds.*", "bind", "an absolute path of the host before the colon"),
    ("agents.entries.*.sandbox.docker.binds.*", "bind", "an absolute path of the host before the colon"),
    ("agents.entries.*.identity.avatar", "avatar", "a URL, or a path within the workspace"),
    ("session.maintenance.pruneAfter", "duration", "a duration such as 30d"),
    ("session.maintenance.pruneAfter", "positive-duration", "a duration such as 30d"),
    ("cron.sessionRetention", "duration", "a duration such as 24h, or false"),
    ("desktop.host.passwordFile", "absolute", "an absolute path"),
    ("worktreeRoot", "absolute-or-home", "an absolute path"),
    ("tools.web.search.provider", "not-blank", "the id of a provider of web search"),
];

/// What older versions do not ask, and the first version that was seen to ask it (`tests/cases/configs-older.json`).
const ASKED_SINCE: &[(&str, &str)] = &[
    ("time", "2026.8.2"),
    ("positive-duration", "2026.8.2"),
    ("search", "2026.6.35"),
    ("tools.web.search", "2026.8.2"),
    ("other names", "2026.8.2"),
    ("gateway.auth.mode", "2026.6.35"),
];

/// Whether a version asks for something: the name of a demand, or a place with a function.
fn asks(schema: &Schema, what: &str) -> bool {
    let since = ASKED_SINCE.iter().find(|(known, _)| *known == what);
    since.is_none_or(|(_, since)| schema.is_since(since))
}

/// Texts of which a rule below must know something.
pub const WATCHED: &[(&str, &str)] = &[
    ("models.providers.*.baseUrl", "not-empty"),
    ("gateway.bind", "no-host-alias"),
    ("gateway.reload.mode", "no-older-reload"),
    ("models.providers.*.api", "no-older-api"),
    ("models.providers.*.models.*.api", "no-older-api"),
    ("agents.entries.*.agentDir", "own-directory"),
    ("agents.entries.*.identity.avatar", "no-root"),
    ("agents.defaults.heartbeat.target", "target"),
    ("agents.entries.*.heartbeat.target", "target"),
    ("tools.web.search.provider", "search"),
];

/// What judges an object beside its fields.
type Rule = fn(&Schema, &ConfigShape, usize) -> Vec<Problem>;

/// Where a function of OpenClaw is known here: the place, what judges it, and the keys below it with which it asks
/// what is not known here.
const KNOWN: &[(&str, Option<Rule>, &[&str])] = &[
    ("", None, &["broadcast"]),
    ("agents", Some(agents::judge), &[]),
    ("agents.entries.*", None, &[]),
    ("agents.defaults.models", None, &["*.pickerRuntimes", "*.codeMode"]),
    ("agents.entries.*.models", None, &["*.pickerRuntimes", "*.codeMode"]),
    ("agents.defaults.heartbeat", None, &[]),
    ("agents.entries.*.heartbeat", None, &[]),
    ("agents.defaults.sandbox", None, &[]),
    ("agents.entries.*.sandbox", None, &[]),
    ("agents.defaults.sandbox.docker", None, &["seccompProfile", "apparmorProfile"]),
    ("agents.entries.*.sandbox.docker", None, &["seccompProfile", "apparmorProfile"]),
    ("agents.defaults.sandbox.browser", None, &["binds"]),
    ("agents.entries.*.sandbox.browser", None, &["binds"]),
    ("agents.entries.*.tools", Some(allow_twice), &[]),
    ("agents.entries.*.tools.exec", Some(exec_mode), &[]),
    ("agents.entries.*.tools.byProvider.*", Some(allow_twice), &[]),
    ("agents.entries.*.tools.toolsBySender.*", Some(allow_twice), &[]),
    ("models.providers", Some(providers), &[]),
    ("tools", Some(allow_twice), &[]),
    ("tools.exec", Some(exec_mode), &[]),
    ("tools.byProvider.*", Some(allow_twice), &[]),
    ("tools.toolsBySender.*", Some(allow_twice), &[]),
    ("tools.web.search", Some(web_search), &[]),
    ("gateway", None, &["portals"]),
    ("hooks", None, &["mappings"]),
    ("session.maintenance", None, &["maxDiskBytes", "highWaterBytes"]),
    ("session.maintenance.pruneAfter", None, &[]),
    ("cron", None, &[]),
    ("channels", None, &[]),
    ("talk", None, &["providers"]),
    ("talk.realtime", None, &["providers"]),
    ("mcp.servers.*", Some(mcp_server), &["oauth", "codex"]),
    ("browser.profiles.*", Some(browser_profile), &["mcpCommand", "mcpArgs", "userDataDir"]),
    ("desktop.host.passwordFile", None, &[]),
    ("worktreeRoot", None, &[]),
];

/// What a function of OpenClaw says of a value at a place, or nothing where it is not known here what it asks.
pub fn at(schema: &Schema, shape: &ConfigShape, index: usize, place: &[String]) -> Option<Vec<Problem>> {
    let (known, rule, but) = KNOWN.iter().find(|(known, ..)| fits(known, place))?;
    if !asks(schema, known) {
        return Some(Vec::new());
    }
    let has = |path: &str| below(shape, index, path).next().is_some();
    if but.iter().any(|path| has(path)) {
        return None;
    }
    Some(rule.map_or_else(Vec::new, |rule| rule(schema, shape, index)))
}

/// What is judged after the schema, wherever that is.
pub fn beyond(schema: &Schema, shape: &ConfigShape) -> (Vec<Problem>, Vec<String>) {
    let (mut problems, mut open) = (Vec::new(), Vec::new());
    for (index, node) in shape.nodes.iter().enumerate() {
        for fail in
            node.fails.iter().filter_map(|fail| fail.strip_prefix("is=")).filter(|is| asks(schema, is))
        {
            match failed(shape, index, fail) {
                Some(Ok(problem)) => problems.push(problem),
                Some(Err(place)) => open.push(place),
                None => {}
            }
        }
    }
    problems.extend(tailscale(shape).filter(|problem| asks(schema, &problem.at)));
    for channel in shape.find("channels").into_iter().flat_map(|channels| shape.children(channels)) {
        match unknown_channel(schema, shape, channel) {
            Some(Ok(problem)) => problems.push(problem),
            Some(Err(place)) => open.push(place),
            None => {}
        }
    }
    (problems, open)
}

/// What follows from a text that does not meet what a function of OpenClaw asks: a problem, or a place that is open.
fn failed(shape: &ConfigShape, index: usize, fail: &str) -> Option<Result<Problem, String>> {
    let node = &shape.nodes[index];
    let says = |expected: &str| Problem::of(shape, index, Reason::Value, expected);
    let unless_plugins = |problem: Problem| if may_come(shape) { Err(node.at.clone()) } else { Ok(problem) };
    match fail {
        "own-directory" => {
            let problem = Problem::of(shape, index, Reason::Together, "a directory that no other agent has");
            return Some(Ok(Problem { at: "agents.entries".into(), ..problem }));
        }
        "no-root" => return Some(Err(node.at.clone())),
        "target" => return Some(unless_plugins(says("owner, last, none, or the id of a channel"))),
        "search" => {
            return Some(unless_plugins(says("the id of a provider of web search that is installed")));
        }
        _ => {}
    }
    let path: Vec<&str> = node.at.split('.').collect();
    let (.., expected) = REFINED.iter().find(|(at, is, _)| *is == fail && fits(at, &path))?;
    let is_zero = fail == "positive-duration" && !node.fails.iter().any(|fail| fail == "is=duration");
    Some(Ok(if is_zero { mended(says(expected)) } else { says(expected) }))
}

/// Whether a plugin may bring along what OpenClaw itself does not.
fn may_come(shape: &ConfigShape) -> bool {
    let plugins = ["plugins.entries", "plugins.load", "plugins.allow"];
    plugins.iter().flat_map(|path| shape.find(path)).any(|at| shape.children(at).next().is_some())
}

/// The values below one that a path leads to.
fn below<'s>(shape: &'s ConfigShape, of: usize, path: &'s str) -> impl Iterator<Item = usize> + 's {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let children: Vec<usize> = match first {
        "*" => shape.children(of).collect(),
        first => shape.child(of, first).into_iter().collect(),
    };
    children.into_iter().filter(move |child| rest.is_empty() || shape.child(*child, rest).is_some())
}

fn word<'s>(shape: &'s ConfigShape, path: &str) -> Option<&'s str> {
    shape.nodes[*shape.find(path).first()?].word.as_deref()
}

/// A provider that is none of OpenClaw's own needs an address and models.
fn providers(schema: &Schema, shape: &ConfigShape, index: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    for provider in shape.children(index) {
        if schema.is_bundled_provider(&provider_id(&shape.step(index, provider))) {
            continue;
        }
        let url = shape.child(provider, "baseUrl").map(|url| &shape.nodes[url]);
        let is_empty = url.is_none_or(|url| url.fails.iter().any(|fail| fail == "is=not-empty"));
        for (key, is_missing) in
            [("baseUrl", is_empty), ("models", shape.child(provider, "models").is_none())]
        {
            if is_missing {
                let expected = format!("{key}, which a provider of your own needs");
                problems.push(Problem::of(shape, provider, Reason::Missing(key.into()), expected));
            }
        }
    }
    problems
}

/// `allow` and `alsoAllow` in one object.
fn allow_twice(_: &Schema, shape: &ConfigShape, index: usize) -> Vec<Problem> {
    let is_used = |key| shape.child(index, key).is_some_and(|list| shape.children(list).next().is_some());
    let are_both = is_used("allow") && is_used("alsoAllow");
    let expected = "allow or alsoAllow, not both";
    let problem = are_both.then(|| Problem::of(shape, index, Reason::Together, expected));
    problem.map(mended).into_iter().collect()
}

/// What a start was seen to mend.
fn mended(problem: Problem) -> Problem {
    Problem { mends: Some(Mends::Starting), ..problem }
}

/// `mode` beside the keys that it took over from.
fn exec_mode(_: &Schema, shape: &ConfigShape, index: usize) -> Vec<Problem> {
    let has = |key| shape.child(index, key);
    let older = has("security").or(has("ask"));
    let problem = has("mode").filter(|_| older.is_some());
    let expected = "mode without security and ask beside it";
    problem.map(|mode| mended(Problem::of(shape, mode, Reason::Together, expected))).into_iter().collect()
}

/// Settings of single providers moved to their plugins.
fn web_search(_: &Schema, shape: &ConfigShape, index: usize) -> Vec<Problem> {
    let key = shape.child(index, "apiKey");
    let expected = "no such key: it moved to plugins.entries.PLUGIN.config.webSearch";
    key.map(|key| mended(Problem::of(shape, key, Reason::Value, expected))).into_iter().collect()
}

/// Names that other programs have for settings of an MCP server.
fn mcp_server(schema: &Schema, shape: &ConfigShape, index: usize) -> Vec<Problem> {
    const OTHERS: [&str; 8] = [
        "connectTimeout",
        "connect_timeout",
        "timeout",
        "workingDirectory",
        "supports_parallel_tool_calls",
        "ssl_verify",
        "client_cert",
        "client_key",
    ];
    let mut problems: Vec<Problem> = OTHERS
        .iter()
        .filter_map(|key| shape.child(index, key))
        .map(|child| mended(Problem::of(shape, child, Reason::Unknown, "")))
        .map(|problem| Problem { at: shape.nodes[index].at.clone(), ..problem })
        .collect();
    let disabled = shape.child(index, "disabled");
    problems.extend(
        disabled.map(|key| mended(Problem::of(shape, key, Reason::Value, "enabled: false or true instead"))),
    );
    problems.retain(|_| asks(schema, "other names"));
    let transport =
        shape.child(index, "transport").filter(|at| shape.nodes[*at].word.as_deref() == Some("stdio"));
    if let Some(transport) = transport.filter(|_| shape.child(index, "command").is_none()) {
        problems.push(Problem::of(shape, transport, Reason::Together, "a command beside it"));
    }
    problems
}

/// A browser that OpenClaw did not start needs a port or an address.
fn browser_profile(_: &Schema, shape: &ConfigShape, index: usize) -> Vec<Problem> {
    let has = |key| shape.child(index, key).is_some();
    let driver = shape.child(index, "driver").and_then(|at| shape.nodes[at].word.as_deref());
    let needs =
        !matches!(driver, Some("existing-session" | "extension")) && !has("cdpPort") && !has("cdpUrl");
    needs.then(|| Problem::of(shape, index, Reason::Together, "cdpPort or cdpUrl")).into_iter().collect()
}

/// Tailscale leads to a gateway on this machine that asks who comes.
fn tailscale(shape: &ConfigShape) -> Option<Problem> {
    let mode = word(shape, "gateway.tailscale.mode").filter(|mode| ["serve", "funnel"].contains(mode))?;
    let bind = *shape.find("gateway.bind").first().unwrap_or(&0);
    if bind > 0 && !matches!(shape.nodes[bind].word.as_deref(), Some("loopback" | "custom")) {
        let expected = format!("loopback, since gateway.tailscale.mode is {mode}");
        return Some(Problem::of(shape, bind, Reason::Together, expected));
    }
    let auth = *shape.find("gateway.auth.mode").first()?;
    let is_none = shape.nodes[auth].word.as_deref() == Some("none");
    let expected = format!("token, password or trusted-proxy, since gateway.tailscale.mode is {mode}");
    is_none.then(|| Problem::of(shape, auth, Reason::Together, expected))
}

/// A channel that OpenClaw does not bring along: refused, or unknown where a plugin may bring it.
fn unknown_channel(schema: &Schema, shape: &ConfigShape, channel: usize) -> Option<Result<Problem, String>> {
    let parent = *shape.find("channels").first()?;
    let name = shape.step(parent, channel);
    if schema.has_channel(&name) {
        return None;
    }
    if may_come(shape) || name == "*" || shape.nodes[parent].is != ShapeKind::Object {
        return Some(Err(shape.nodes[channel].at.clone()));
    }
    Some(Ok(Problem::of(shape, channel, Reason::Unknown, "")))
}
