//! What an Ollama says of itself and of its models. Only requests that load
//! nothing and change nothing, and none that would leave the machine.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::config::EndpointPlan;
use super::http::Client;
use super::watch::Watch;
use crate::facts::{Answer, Endpoint, Fact, ModelInfo, Need, Running, Show, Tag, Target};
use crate::model_name::ModelName;

/// What OpenClaw grants `/api/tags` (`provider-models` of the npm package).
const LIST_LIMIT: Duration = Duration::from_secs(5);
/// What OpenClaw grants each `/api/show`.
const SHOW_LIMIT: Duration = Duration::from_secs(3);
/// How many `/api/show` OpenClaw has under way at once.
const SHOWS_AT_ONCE: usize = 8;

/// Asks version, models and running models, then each local model by itself.
pub async fn look(
    endpoint: &mut Endpoint,
    watch: &Watch,
    plan: &EndpointPlan,
    target: &Target,
    address: SocketAddr,
) {
    let client = match Client::new(target, address, &plan.credentials) {
        Ok(client) => client,
        Err(unseen) => return endpoint.withhold_http(&unseen),
    };
    let limit = LIST_LIMIT + super::MARGIN;
    let (version_limit, list_limit) = (watch.grant(LIST_LIMIT), watch.grant(LIST_LIMIT));
    let (version, tags, running) = tokio::join!(
        watch.look("/api/version", limit, async { Fact::Seen(client.version(version_limit).await) }),
        watch.look("/api/tags", limit, async { Fact::Seen(client.get("/api/tags", list_limit, tags).await) }),
        watch.look("/api/ps", limit, async { Fact::Seen(client.get("/api/ps", list_limit, running).await) }),
    );
    endpoint.shows = match tags.seen().and_then(Answer::understood) {
        Some(tags) => {
            let all = watch.grant(Duration::from_secs(60)) + super::MARGIN;
            watch.look("/api/show", all, async { Fact::Seen(shows(&client, tags, watch).await) }).await
        }
        None => Fact::blocked(Need::Tags),
    };
    endpoint.version = version;
    endpoint.tags = tags;
    endpoint.running = running;
}

async fn shows(client: &Client, tags: &[Tag], watch: &Watch) -> Vec<Show> {
    let asks = tags.iter().filter(|tag| is_local(tag)).map(|tag| async move {
        let body = json!({ "model": tag.name });
        let answer = client.post("/api/show", &body, watch.grant(SHOW_LIMIT), model_info).await;
        Show { name: tag.name.clone(), answer }
    });
    stream::iter(asks).buffered(SHOWS_AT_ONCE).collect().await
}

/// Asking for a cloud model would make Ollama ask ollama.com.
fn is_local(tag: &Tag) -> bool {
    tag.remote_host.is_none() && !ModelName::parse(&tag.name).is_some_and(|name| name.is_cloud())
}

fn tags(json: &Value) -> Result<Vec<Tag>, String> {
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

fn model_info(json: &Value) -> Result<ModelInfo, String> {
    let object = json.as_object().ok_or("no object")?;
    if !object.contains_key("details")
        && !object.contains_key("model_info")
        && !object.contains_key("capabilities")
    {
        return Err("none of `details`, `model_info`, `capabilities`".into());
    }
    let capabilities = object.get("capabilities").and_then(Value::as_array);
    let info = object.get("model_info").and_then(Value::as_object);
    let trained = info.and_then(|info| info.iter().find(|(key, _)| key.ends_with(".context_length")));
    let parameters = object.get("parameters").and_then(Value::as_str).unwrap_or_default();
    Ok(ModelInfo {
        capabilities: capabilities
            .map(|all| all.iter().filter_map(Value::as_str).map(str::to_string).collect()),
        context_length: trained.and_then(|(_, value)| value.as_u64()),
        num_ctx: parameters.lines().find_map(num_ctx),
    })
}

/// Numbers are printed as floats, so a large one has an exponent (`%#v` of Go).
fn num_ctx(line: &str) -> Option<f64> {
    line.trim().strip_prefix("num_ctx")?.trim().parse().ok()
}
