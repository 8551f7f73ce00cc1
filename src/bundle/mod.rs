//! The support bundle: facts in a file, nothing secret, names only where they were asked for. What was seen,
//! never what was concluded.

mod documents;
pub mod holds;
mod ledger;
mod load;
mod model_host;
mod names;
mod placeholder;
pub mod sources;

use std::sync::OnceLock;

use jiff::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facts::Facts;
use crate::scope::Scope;
use crate::text::json;
use crate::text::scrub::marks;
use crate::text::scrub::{scrub, scrub_for_others};
use holds::{Holds, each_string};
use ledger::Ledger;
pub use ledger::Withheld;
pub use load::{Bundled, FORMAT, FORMAT_VERSION, LARGE, LARGEST, parse, parse_owned};
use names::Names;
pub use placeholder::StandIns;

/// A support bundle.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// Always `openclaw-doctor bundle`.
    #[schemars(extend("const" = FORMAT))]
    pub format: String,
    /// Version of the format; a reader refuses a higher one than it knows.
    pub format_version: u32,
    /// Version of the openclaw-doctor that wrote it.
    #[schemars(extend("x-holds" = "word"))]
    pub tool_version: String,
    /// When the look began, by the machine's own clock.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What was looked at.
    pub scope: ScopeLine,
    /// What is installed; `null` where that was not seen.
    pub versions: SeenVersions,
    /// Every observation: its value, or an object whose key `unseen` says why there is none.
    pub facts: Facts,
    /// What was withheld, and why.
    pub withheld: Withheld,
}

/// The flags of the look.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeLine {
    /// `--offline`: this machine only.
    pub offline: bool,
    /// `--deep`: the primary model was asked a question.
    pub deep: bool,
    /// `--config`.
    #[schemars(extend("x-holds" = "path"))]
    pub config: Option<String>,
    /// `--base-url`.
    #[schemars(extend("x-holds" = "url"))]
    pub base_url: Option<String>,
    /// `--profile`.
    #[schemars(extend("x-holds" = "word"))]
    pub profile: Option<String>,
    /// `--timeout` in milliseconds.
    pub timeout_ms: u64,
    /// `--keep-names`: names and public addresses are as they are.
    pub keep_names: bool,
}

/// What is installed on the machine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeenVersions {
    /// Distribution.
    #[schemars(extend("x-holds" = "word"))]
    pub os: Option<String>,
    /// Kernel release.
    #[schemars(extend("x-holds" = "word"))]
    pub kernel: Option<String>,
    /// systemd.
    #[schemars(extend("x-holds" = "word"))]
    pub systemd: Option<String>,
    /// OpenClaw.
    #[schemars(extend("x-holds" = "word"))]
    pub openclaw: Option<String>,
    /// Ollama of the first endpoint.
    #[schemars(extend("x-holds" = "word"))]
    pub ollama: Option<String>,
}

/// The bundle of one look, as the text of a file.
///
/// # Errors
/// In words, when it is larger than what `diagnose` reads.
pub fn render(facts: &Facts, scope: &Scope, elapsed_ms: u64, keep_names: bool) -> Result<String, String> {
    let bundle = Bundle {
        format: FORMAT.to_string(),
        format_version: FORMAT_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_string(),
        at: facts.at,
        elapsed_ms,
        scope: scope_line(scope, keep_names),
        versions: versions(facts),
        facts: facts.clone(),
        withheld: Withheld::default(),
    };
    let mut value = serde_json::to_value(bundle).map_err(|error| error.to_string())?;
    value["withheld"] = withhold(&mut value, keep_names)?;
    let text = json::render(&value)?;
    if text.len() as u64 > LARGEST {
        return Err(format!("the bundle would be larger than {} MB", LARGEST >> 20));
    }
    Ok(text)
}

/// Takes secrets and names out of all strings, by what their types say that they hold.
fn withhold(value: &mut Value, keep_names: bool) -> Result<Value, String> {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| shape().to_value());
    let (mut names, mut ledger) = (Names::default(), Ledger::default());
    // A string without a class holds anything; a test keeps it from being there.
    let class = |holds: Option<Holds>| holds.unwrap_or(Holds::Text);
    if !keep_names {
        each_string(schema, value, &mut |holds, text, _| names.learn(class(holds), text));
    }
    each_string(schema, value, &mut |holds, text, at| {
        if holds == Some(Holds::Tag) {
            return ledger.secret(at);
        }
        let scrubbed = match holds {
            Some(Holds::Text) => scrub_for_others(text),
            _ => scrub(text, &mut |_| {}).into_owned(),
        };
        // Much was taken out where it was read; the marks tell.
        marks(&scrubbed).for_each(|pattern| ledger.token(pattern, at));
        *text = if keep_names { scrubbed } else { names.replace(class(holds), &scrubbed) };
    });
    serde_json::to_value(ledger.close(&names)).map_err(|error| error.to_string())
}

/// The JSON Schema of a bundle.
pub fn schema() -> Schema {
    let mut schema = shape();
    // A placeholder may stand in the place of an address.
    schemars::transform::transform_subschemas(&mut without_address_format, &mut schema);
    schema
}

fn shape() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Bundle>()
}

fn without_address_format(schema: &mut Schema) {
    if schema.get("format").is_some_and(|format| format == "ip") {
        schema.remove("format");
        schema.insert("x-holds".to_string(), "address".into());
    }
    schemars::transform::transform_subschemas(&mut without_address_format, schema);
}

/// A name for the file of a look at this time.
pub fn file_name(at: Timestamp) -> String {
    format!("openclaw-doctor-{}.json", at.strftime("%Y%m%d-%H%M%S"))
}

fn scope_line(scope: &Scope, keep_names: bool) -> ScopeLine {
    ScopeLine {
        offline: scope.offline,
        deep: scope.deep.is_some(),
        config: scope.config.as_ref().map(|path| path.display().to_string()),
        base_url: scope.base_url.clone(),
        profile: scope.profile.clone(),
        timeout_ms: u64::try_from(scope.timeout.as_millis()).unwrap_or(u64::MAX),
        keep_names,
    }
}

fn versions(facts: &Facts) -> SeenVersions {
    let host = facts.host.seen();
    let ollama = facts.endpoints.first().and_then(|endpoint| endpoint.version.seen()?.understood().cloned());
    SeenVersions {
        os: host.map(|host| host.os.clone()),
        kernel: host.map(|host| host.kernel.clone()),
        systemd: facts.resolved.seen().and_then(|resolved| resolved.systemd_version.seen().cloned()),
        openclaw: facts.judged_install().and_then(|install| install.version.clone()),
        ollama,
    }
}
