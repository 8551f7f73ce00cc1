//! One question to the primary model, asked as OpenClaw 2026.9.6 asks it
//! (`stream.runtime` of the npm package), so that nothing is loaded anew for
//! the question, or by OpenClaw after it.

mod answer_stream;

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::compatible::client;
use crate::facts::{
    Answer, ChatApi, Deep, Endpoint, Fact, Facts, ModelInfo, Need, Running, Tag, Target, Unseen,
};
use crate::probes::deadline::{Deadline, MARGIN};
use crate::probes::network::http::Client;
use crate::probes::network::{connect, resolve};
use crate::probes::ollama::api;
use crate::probes::openclaw::config::{EndpointPlan, Reading};
use crate::rules::openclaw::context_window::context_window;
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::scope::Scope;
use crate::types::capability::Capability;
use crate::types::ollama_env::NO_KEY_MARKER;
use crate::types::versions::Version;

/// The last words of the question's limit: asking what is loaded afterwards.
const AFTERWARDS: Duration = Duration::from_secs(5);
/// Enough for a tool call, and few enough for a slow machine.
const ANSWER_TOKENS: u64 = 128;

/// Whom `--deep` may ask; nobody without it.
#[derive(Default)]
pub struct Plans(Vec<EndpointPlan>);

impl Plans {
    /// The plans of a reading, before they are carried out.
    pub fn of(scope: &Scope, reading: &Reading) -> Plans {
        let all = reading.endpoints.iter().chain(&reading.compatible).cloned();
        Plans(if scope.deep.is_some() { all.collect() } else { Vec::new() })
    }
}

/// A question that is ready to be asked.
struct Question<'a> {
    primary: &'a ConfiguredModel<'a>,
    target: Target,
    path: &'static str,
    url: String,
    api: ChatApi,
    streamed: bool,
    with_tool: bool,
    num_ctx: Option<u64>,
    think: bool,
    /// When it is asked; no two prompts begin alike, as Ollama has what it read of the last one ready
    /// (`cache_prompt`) and would read the same one in no time.
    at: String,
}

/// Asks, with `--deep` only. `--timeout` does not cut the question short.
pub async fn look(scope: &Scope, deadline: &Deadline, facts: &Facts, plans: Plans) -> Fact<Deep> {
    let Some(limit) = scope.deep else {
        return Fact::Unseen(Unseen::NotAsked { flag: "--deep".into() });
    };
    let primary = match ConfiguredModel::primary(facts) {
        Ok(primary) => primary,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    let plan = plans.0.into_iter().find(|plan| plan.provider == primary.provider);
    let Some(plan) = plan else {
        return Fact::not_applicable("the primary model is not one of an Ollama");
    };
    let question = match question(facts, &primary, &plan) {
        Ok(question) => question,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    let name = format!("what {} answers, for up to {} s", question.primary.model, limit.as_secs().max(1));
    let whole = limit + resolve::LIMIT + connect::LIMIT + AFTERWARDS + MARGIN;
    deadline.look_beyond(&name, whole, ask(&question, plan, limit)).await
}

/// What to ask, and where.
fn question<'a>(
    facts: &Facts,
    primary: &'a ConfiguredModel<'a>,
    plan: &EndpointPlan,
) -> Result<Question<'a>, Unseen> {
    let target = plan.target.clone().ok_or(Unseen::Blocked { by: Need::Config })?;
    let endpoint = facts.endpoints.iter().find(|endpoint| endpoint.provider == primary.provider);
    let info = match endpoint {
        Some(endpoint) => described(endpoint, primary)?,
        None => {
            is_ollama(facts, primary)?;
            None
        }
    };
    let entry = primary.entry.map(|(_, entry)| entry);
    let refuses_tools = entry.and_then(|entry| entry.supports_tools.as_ref()).is_some_and(|set| !set.value);
    let can = |what| info.and_then(|info| info.can(what));
    // A listed model gets tools unless it says otherwise; a discovered one where Ollama says so.
    let with_tool = !refuses_tools && (entry.is_some() || can(Capability::Tools) != Some(false));
    let question = Question {
        path: "/api/chat",
        url: full_url(&target, "/api/chat"),
        api: ChatApi::Ollama,
        streamed: true,
        with_tool,
        num_ctx: info
            .and_then(|info| context_window(facts, primary, info, "").asked)
            .map(|asked| asked.count),
        think: can(Capability::Thinking) == Some(true) || endpoint.is_none_or(takes_think),
        at: facts.at.to_string(),
        primary,
        target,
    };
    Ok(if primary.is_legacy() { question.in_openai_format(plan)? } else { question })
}

/// What Ollama says of the primary model.
fn described<'a>(endpoint: &'a Endpoint, primary: &ConfiguredModel) -> Result<Option<&'a ModelInfo>, Unseen> {
    let tags = endpoint.tags.get()?.understood().ok_or(Unseen::Blocked { by: Need::Tags })?;
    let is_it = |tag: &&Tag| primary.name.is_named(&tag.name);
    let tag = tags.iter().find(is_it).ok_or(Unseen::Blocked { by: Need::Primary })?;
    if let Some(host) = &tag.remote_host {
        return Err(Unseen::NotApplicable {
            why: format!("{} runs on {host}, which is not asked", tag.name),
        });
    }
    let shows = endpoint.shows.seen().map(Vec::as_slice).unwrap_or_default();
    Ok(shows.iter().find(|show| show.name == tag.name).and_then(|show| show.answer.understood()))
}

fn is_ollama(facts: &Facts, primary: &ConfiguredModel) -> Result<(), Unseen> {
    let seen = facts.compatible.iter().find(|seen| seen.provider == primary.provider);
    let answered =
        seen.map(|seen| seen.version.get()).transpose()?.is_some_and(|answer| answer.understood().is_some());
    let why = || format!("the provider {} is no Ollama", primary.provider);
    if answered { Ok(()) } else { Err(Unseen::NotApplicable { why: why() }) }
}

/// From 0.12.5 a model that cannot think takes `think: false` (`server/routes.go` of Ollama).
fn takes_think(endpoint: &Endpoint) -> bool {
    let version = endpoint.version.seen().and_then(Answer::understood);
    let limit: Result<Version, String> = "0.12.5".parse();
    match (version.map(|version| version.parse::<Version>()), limit) {
        // A server built from source says 0.0.0 and may be of any age.
        (Some(Ok(version)), Ok(limit)) => version >= limit || version.to_string() == "0.0.0",
        _ => true,
    }
}

fn full_url(target: &Target, path: &str) -> String {
    format!("{}://{target}{}{path}", target.scheme, target.path)
}

impl Question<'_> {
    /// The same in OpenAI's format: below the base URL as written, `/v1` included.
    fn in_openai_format(self, plan: &EndpointPlan) -> Result<Self, Unseen> {
        let api = self.primary.config.and_then(|(_, provider)| provider.api.as_ref());
        if api.is_some_and(|api| api.value != "openai-completions") {
            let why = "OpenClaw speaks another API than the two that are asked".into();
            return Err(Unseen::NotApplicable { why });
        }
        let written = Url::parse(&plan.base_url.value).map_err(|_| Unseen::Blocked { by: Need::Config })?;
        let target = Target { path: written.path().trim_end_matches('/').to_string(), ..self.target };
        let entry = self.primary.entry.map(|(_, entry)| entry);
        let streaming = entry.and_then(|entry| entry.streaming.as_ref()).is_none_or(|set| set.value);
        Ok(Question {
            path: "/chat/completions",
            url: full_url(&target, "/chat/completions"),
            api: ChatApi::OpenaiCompletions,
            streamed: streaming,
            // Ollama has no way to be told a context length here.
            num_ctx: None,
            target,
            ..self
        })
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "model": self.primary.model,
            "messages": [
                { "role": "system", "content": format!("{} You are an assistant that acts through tools.", self.at) },
                { "role": "user", "content": "Call the tool current_time for the time zone UTC now." },
            ],
            "stream": self.streamed,
        });
        if self.with_tool {
            body["tools"] = json!([tool(&self.at)]);
        }
        match self.api {
            ChatApi::Ollama => {
                body["options"] = json!({ "num_predict": ANSWER_TOKENS });
                if let Some(num_ctx) = self.num_ctx {
                    body["options"]["num_ctx"] = num_ctx.into();
                }
                body["truncate"] = false.into();
                body["shift"] = false.into();
                if self.think {
                    body["think"] = false.into();
                }
            }
            ChatApi::OpenaiCompletions => {
                body["max_tokens"] = ANSWER_TOKENS.into();
                if self.streamed {
                    body["stream_options"] = json!({ "include_usage": true });
                }
            }
        }
        body
    }
}

/// Some templates put the tools first, so the time stands here too.
fn tool(at: &str) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": answer_stream::TOOL,
            "description": format!("{at} Returns the current time of a time zone."),
            "parameters": {
                "type": "object",
                "properties": { "zone": { "type": "string", "description": "Such as UTC." } },
                "required": ["zone"],
            },
        },
    })
}

async fn ask(question: &Question<'_>, plan: EndpointPlan, limit: Duration) -> Fact<Deep> {
    let mut credentials = plan.credentials;
    credentials.bearer.get_or_insert_with(|| SecretString::from(NO_KEY_MARKER));
    let client: Client = match client(&question.target, &credentials, |limit| limit).await {
        Ok(client) => client,
        Err(fact) => return fact,
    };
    let mut ear = answer_stream::Ear::new(question.api);
    let mut hear = |line: &[u8], ms: f64| ear.line(line, ms);
    let answer = match client.post_lines(question.path, &question.body(), limit, &mut hear).await {
        Fact::Seen(answer) => answer,
        Fact::Unseen(unseen) => return Fact::Unseen(unseen),
    };
    let heard = ear.heard(answer.ms);
    Fact::Seen(Deep {
        provider: question.primary.provider.to_string(),
        model: question.primary.model.to_string(),
        url: question.url.clone(),
        api: question.api,
        streamed: question.streamed,
        with_tool: question.with_tool,
        num_ctx: question.num_ctx,
        running: running(question, &plan.target, &credentials).await,
        answer,
        heard,
    })
}

/// The model in `/api/ps`, below the native base URL.
async fn running(
    question: &Question<'_>,
    target: &Option<Target>,
    credentials: &crate::probes::network::http::Credentials,
) -> Option<Running> {
    let client: Result<Client, Fact<()>> = client(target.as_ref()?, credentials, |limit| limit).await;
    let all = client.ok()?.get("/api/ps", AFTERWARDS, api::running).await;
    let is_it = |one: &Running| question.primary.name.is_named(&one.name);
    all.seen()?.understood()?.iter().find(|one| is_it(one)).cloned()
}
