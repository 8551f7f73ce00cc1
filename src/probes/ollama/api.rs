//! What an Ollama says of itself and of its models. Only requests that load
//! nothing and change nothing, and none that would leave the machine.

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

use crate::facts::{
    Answer, Endpoint, Fact, ModelInfo, ModelShape, Need, Outcome, Running, Show, Tag, Target,
};
use crate::probes::deadline::{Deadline, MARGIN};
use crate::probes::network::connect;
use crate::probes::network::http::Client;
use crate::probes::openclaw::config::EndpointPlan;
use crate::types::capability::Capability;
use crate::types::model_name::ModelName;

/// What OpenClaw grants `/api/tags` (`provider-models` of the npm package).
const LIST_LIMIT: Duration = Duration::from_secs(5);
/// What OpenClaw grants each `/api/show`.
const SHOW_LIMIT: Duration = Duration::from_secs(3);
/// How many of the models that no config names are asked for. OpenClaw asks for more (800), and takes the first 200.
const MOST_SHOWS: usize = 200;
/// An Ollama with many models takes long for each: of those that no config names none is asked for after this long.
const LIMIT_OF_OTHERS: Duration = Duration::from_millis(1200);
/// How many `/api/show` OpenClaw has under way at once.
const SHOWS_AT_ONCE: usize = 8;

/// Asks version, models and running models, then each local model by itself.
pub async fn look(
    endpoint: &mut Endpoint,
    deadline: &Deadline,
    plan: &EndpointPlan,
    target: &Target,
    address: SocketAddr,
) {
    let client = match Client::new(target, address, &plan.credentials) {
        Ok(client) => client,
        Err(unseen) => return endpoint.withhold_http(&unseen),
    };
    let limit = LIST_LIMIT + MARGIN;
    let (version_limit, list_limit) = (deadline.grant(LIST_LIMIT), deadline.grant(LIST_LIMIT));
    let (version, mut tags, running) = tokio::join!(
        deadline.look("/api/version", limit, client.version(version_limit)),
        deadline.look("/api/tags", limit, client.get("/api/tags", list_limit, tags)),
        deadline.look("/api/ps", limit, client.get("/api/ps", list_limit, running)),
    );
    if let Fact::Seen(answer) = &mut tags
        && matches!(answer.outcome, Outcome::Cut | Outcome::Failed(_))
        && connect::speaks_first(address).await
    {
        answer.outcome = Outcome::NotHttp;
    }
    endpoint.shows = match tags.seen().and_then(Answer::understood) {
        Some(tags) => {
            let all = deadline.grant(Duration::from_secs(60));
            let shows = async { Fact::Seen(shows(&client, tags, &plan.wanted, deadline, all).await) };
            deadline.look("/api/show", all + MARGIN, shows).await
        }
        None => Fact::blocked(Need::Tags),
    };
    endpoint.version = version;
    endpoint.tags = tags;
    endpoint.running = running;
}

/// Asks for the local models, in the order in which they matter. What has answered by the
/// end counts; the rest is not there.
async fn shows(
    client: &Client,
    tags: &[Tag],
    wanted: &[String],
    deadline: &Deadline,
    limit: Duration,
) -> Vec<Show> {
    let now = Instant::now();
    let (end, end_of_others) = (now + limit, now + LIMIT_OF_OTHERS);
    let (mut local, named) = in_order(tags, wanted);
    local.truncate(named + MOST_SHOWS);
    let in_time = |rank: usize| rank < named.max(SHOWS_AT_ONCE) || Instant::now() < end_of_others;
    let asked = local.into_iter().enumerate().take_while(|(rank, _)| in_time(*rank));
    let asks = asked.map(|(_, tag)| async move {
        let body = json!({ "model": tag.name });
        let answer: Fact<_> = client.post("/api/show", &body, deadline.grant(SHOW_LIMIT), model_info).await;
        Some(Show { name: tag.name.clone(), answer: answer.seen().cloned()? })
    });
    let mut answers = stream::iter(asks).buffered(SHOWS_AT_ONCE);
    let mut shows = Vec::new();
    while let Ok(Some(show)) = timeout_at(end, answers.next()).await {
        shows.extend(show);
    }
    shows
}

/// The local models: those that the config names, in its order, and how many they are; then those that OpenClaw
/// may offer, as Ollama lists them; last those of which the list says that they call no tools.
fn in_order<'t>(tags: &'t [Tag], wanted: &[String]) -> (Vec<&'t Tag>, usize) {
    let key = |name: &str| ModelName::parse(name).map(|name| name.key());
    let mut places = HashMap::new();
    for (place, name) in wanted.iter().enumerate() {
        places.entry(key(name)).or_insert(place);
    }
    let rank = |tag: &Tag| {
        let place = key(&tag.name).and_then(|key| places.get(&Some(key)).copied());
        let has_none = tag.capabilities.as_ref().is_some_and(|all| !Capability::Tools.is_in(all));
        place.unwrap_or(wanted.len() + usize::from(has_none))
    };
    let mut local: Vec<(usize, &Tag)> =
        tags.iter().filter(|tag| tag.is_local()).map(|tag| (rank(tag), tag)).collect();
    local.sort_by_key(|(rank, _)| *rank);
    let named = local.partition_point(|(rank, _)| *rank < wanted.len());
    (local.into_iter().map(|(_, tag)| tag).collect(), named)
}

/// What `/api/tags` lists.
pub fn tags(json: &Value) -> Result<Vec<Tag>, String> {
    let models = json.get("models").ok_or("no `models`")?.as_array().ok_or("`models` is no list")?;
    // As OpenClaw does, rows without a name are dropped.
    Ok(models.iter().filter_map(tag).collect())
}

fn tag(model: &Value) -> Option<Tag> {
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_string)
    };
    Some(Tag {
        name: text(model.get("name"))?,
        size: model.get("size").and_then(Value::as_u64).unwrap_or_default(),
        remote_host: text(model.get("remote_host")),
        remote_model: text(model.get("remote_model")),
        capabilities: strings_of(model.get("capabilities")),
        context_length: model.pointer("/details/context_length").and_then(tokens),
        parameter_size: text(model.pointer("/details/parameter_size")),
    })
}

/// What `/api/ps` lists.
pub fn running(json: &Value) -> Result<Vec<Running>, String> {
    let models = json.get("models").ok_or("no `models`")?.as_array().ok_or("`models` is no list")?;
    let number = |model: &Value, key: &str| model.get(key).and_then(Value::as_u64);
    Ok(models
        .iter()
        .filter_map(|model| {
            Some(Running {
                name: model.get("name")?.as_str()?.to_string(),
                size: number(model, "size").unwrap_or_default(),
                size_vram: number(model, "size_vram").unwrap_or_default(),
                context_length: number(model, "context_length"),
            })
        })
        .collect())
}

/// What `/api/show` tells of a model.
pub fn model_info(json: &Value) -> Result<ModelInfo, String> {
    let object = json.as_object().ok_or("no object")?;
    if !object.contains_key("details")
        && !object.contains_key("model_info")
        && !object.contains_key("capabilities")
    {
        return Err("none of `details`, `model_info`, `capabilities`".into());
    }
    let info = object.get("model_info").and_then(Value::as_object);
    let lengths = info.into_iter().flatten().filter(|(key, _)| key.ends_with(".context_length"));
    let parameters = object.get("parameters").and_then(Value::as_str).unwrap_or_default();
    Ok(ModelInfo {
        capabilities: strings_of(object.get("capabilities")),
        // As OpenClaw does, the first that is a number counts.
        context_length: lengths.map(|(_, value)| value).find_map(tokens),
        num_ctx: parameters.lines().find_map(num_ctx),
        shape: info.map(shape).unwrap_or_default(),
    })
}

/// The strings of a list; `None` where there is none, which is not the same as an empty one.
fn strings_of(value: Option<&Value>) -> Option<Vec<String>> {
    let all = value?.as_array()?;
    Some(all.iter().filter_map(Value::as_str).map(str::to_string).collect())
}

/// A positive number of tokens, rounded down.
fn tokens(value: &Value) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    value.as_f64().map(|tokens| tokens as u64).filter(|tokens| *tokens > 0)
}

/// The keys of the GGUF header, of the model's own architecture: a vision or
/// audio part has keys like them under another name.
fn shape(info: &Map<String, Value>) -> ModelShape {
    let architecture = info.get("general.architecture").and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| info.get(&format!("{architecture}.{key}")).and_then(Value::as_u64);
    ModelShape {
        parameter_count: info.get("general.parameter_count").and_then(Value::as_u64),
        block_count: number("block_count"),
        embedding_length: number("embedding_length"),
        head_count: number("attention.head_count"),
        head_count_kv: number("attention.head_count_kv"),
        key_length: number("attention.key_length"),
        value_length: number("attention.value_length"),
        sliding_window: number("attention.sliding_window"),
        uneven: uneven(info, architecture),
        expert_count: number("expert_count"),
        expert_used_count: number("expert_used_count"),
    }
}

/// The keys by which layers differ in what they keep: state space and convolution instead
/// of attention, compressed keys, attention in some layers only, layers that share theirs.
fn uneven(info: &Map<String, Value>, architecture: &str) -> Vec<String> {
    const SIGNS: [&str; 6] = [
        "ssm.",
        "shortconv.",
        "full_attention_interval",
        "attention.kv_lora_rank",
        "attention.shared_kv_layers",
        "attention.sliding_window_pattern",
    ];
    let of_model = info
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(architecture)?.strip_prefix('.')?, value)));
    let is_uneven = |key: &str, value: &Value| {
        SIGNS.iter().any(|sign| key.starts_with(sign)) || key == "attention.head_count_kv" && !value.is_u64()
    };
    of_model.filter(|(key, value)| is_uneven(key, value)).take(8).map(|(key, _)| key.to_string()).collect()
}

/// Numbers are printed as floats, so a large one has an exponent (`%#v` of Go).
fn num_ctx(line: &str) -> Option<f64> {
    line.trim().strip_prefix("num_ctx")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_of_the_config_come_first_and_those_without_tools_last() {
        let tag = |name: &str, capabilities: Option<&str>| Tag {
            name: name.into(),
            capabilities: capabilities.map(|one| vec![one.to_string()]),
            ..Tag::default()
        };
        let tags = [
            tag("a:latest", Some("embedding")),
            tag("b:latest", None),
            tag("c:latest", Some("tools")),
            tag("d:latest", Some("completion")),
            tag("e:cloud", None),
        ];
        let wanted = ["gone", "d", "c:latest"].map(String::from);
        let (order, named) = in_order(&tags, &wanted);
        let names: Vec<&str> = order.iter().map(|tag| &*tag.name).collect();
        assert_eq!((names, named), (vec!["d:latest", "c:latest", "b:latest", "a:latest"], 2));
    }
}
