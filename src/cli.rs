//! Every flag and subcommand; no logic.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::render::fleet::GroupBy;
use crate::render::format::Format;
use crate::report::Severity;

pub(crate) const EXAMPLES: &str = "\
Examples:
  openclaw-doctor                              look, and say what to fix first
  openclaw-doctor --format json --fail-on warning      in CI
  openclaw-doctor models                       which models OpenClaw offers, and why
  openclaw-doctor bundle                       a file for whoever helps, nothing secret in it
  openclaw-doctor diagnose *.json              what is wrong with the machines of these bundles
  openclaw-doctor explain ollama/bind-address  what a check means and where its fix is documented

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the doctor could not
do its job, 3 (--strict) something could not be determined, 130 and 143 interrupted";

/// What `-h` prints: what fits a screen. `--help` has every flag.
pub const SHORT_HELP: &str = "\
Says why OpenClaw gets no answers from Ollama, and prints the documented command
that fixes it. It reads only, and never runs what it prints.

  openclaw-doctor                 look, and say what to fix first
  openclaw-doctor -v              every check, with what was seen
  openclaw-doctor --deep          also ask the model a question
  openclaw-doctor --user NAME     that user's OpenClaw
  openclaw-doctor models          which models OpenClaw offers, and why
  openclaw-doctor explain ID      what a check found here, and what it means
  openclaw-doctor bundle          a file for whoever helps, nothing secret in it
  openclaw-doctor diagnose FILE   judge such files
  openclaw-doctor compare A B     what changed between two of them
  openclaw-doctor list            all checks

  --format FORMAT   text, json, junit, sarif, markdown, html, ... (-o FILE too)
  --only ID, --skip ID, --fail-on SEVERITY, --wait 60s, --offline, --timeout 10s

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the doctor could not do
its job, 3 (--strict) something could not be determined
Every flag and command: openclaw-doctor --help
";

/// A released program names its commit and what it was built for.
const VERSION: &str = match option_env!("OPENCLAW_DOCTOR_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// Says why OpenClaw gets no answers from Ollama, and prints the documented
/// command that fixes it. It reads only, and never runs what it prints.
#[derive(Debug, Parser)]
#[command(name = "openclaw-doctor", version = VERSION, before_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; without one: `run`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags of `run`.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look and judge (the default)
    Run(Box<RunArgs>),
    /// Which models OpenClaw offers from this Ollama, and why each
    Models(Box<ModelsArgs>),
    /// Write what was seen to a file that can be shared: nothing secret, no names
    Bundle(Box<BundleArgs>),
    /// Judge bundles from any machine
    Diagnose(Box<DiagnoseArgs>),
    /// What changed between two bundles of a machine, and which findings came or went with it
    Compare(Box<CompareArgs>),
    /// What a check finds here, what it means, where its fix is documented
    Explain(Box<ExplainArgs>),
    /// Completions for a shell, with the ids and areas of all checks
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The man page
    Man,
    /// A systemd service that looks now and then, or its timer
    Unit {
        /// One of the two files; without it both, and where they belong
        part: Option<UnitPart>,
    },
    /// Ids, severities and titles of all checks
    List {
        /// text or json
        #[arg(long, value_enum, default_value_t, default_value_if("json", "true", "json"))]
        format: ListFormat,
        /// The same as --format json
        #[arg(long, conflicts_with = "format")]
        json: bool,
    },
    /// What a gateway has before it, from inside its container; the doctor starts itself so, for its own use
    #[command(hide = true)]
    Inside {
        /// The process of the gateway
        pid: u32,
        /// How to look
        #[command(flatten)]
        look: Box<LookArgs>,
    },
    /// The JSON Schema of what other programs read
    Schema {
        /// report or bundle
        #[arg(value_enum)]
        of: SchemaOf,
    },
}

/// Flags of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// What to report of the judgement, and how
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// Look again until nothing fails or this time is up, such as 60s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Write the bundle of this very look to this file too
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Where and how to look
    #[command(flatten)]
    pub look: LookArgs,
}

/// Flags of whatever judges.
#[derive(Debug, Clone, Args)]
pub struct JudgeArgs {
    /// Only this check or area; repeatable
    #[arg(long, value_name = "ID|AREA")]
    pub only: Vec<String>,
    /// Without this check or area; repeatable
    #[arg(long, value_name = "ID|AREA")]
    pub skip: Vec<String>,
    /// Lowest severity that makes the exit code 1 [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// This settings file, instead of ./openclaw-doctor.toml or the one in /etc/openclaw-doctor
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Exit 3 when nothing fails but something could not be determined
    #[arg(long)]
    pub strict: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t, default_value_if("json", "true", "json"))]
    pub format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Write the report to this file too, in the format of its extension or in the one that is named; repeatable
    #[arg(short, long, value_name = "[FORMAT=]FILE", value_parser = output_file)]
    pub output: Vec<OutputFile>,
    /// Let -o and --bundle replace a file that is no former report or bundle
    #[arg(long)]
    pub force: bool,
    /// Exit as a monitoring plugin does: 0 ok, 1 warning, 2 error, 3 anything else
    #[arg(long, conflicts_with_all = ["fail_on", "strict"])]
    pub nagios_exit: bool,
    /// Every check with what was seen; twice: every fix and citation too
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Findings only, one line each
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// auto, always or never
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// Flags of whatever looks at the machine.
#[derive(Debug, Clone, Args)]
pub struct LookArgs {
    /// Loopback and sockets of this machine only
    #[arg(long)]
    pub offline: bool,
    /// End of the whole look [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Ask the primary model one question, which loads it
    #[arg(long)]
    pub deep: bool,
    /// How long that question may take [default: 300s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub deep_timeout: Option<Duration>,
    /// This OpenClaw config
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// This Ollama, instead of the one in the config
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// This OpenClaw profile
    #[arg(long, value_name = "NAME", value_parser = profile)]
    pub profile: Option<String>,
    /// The OpenClaw of this user of the machine
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
}

/// Flags of `models`.
#[derive(Debug, Clone, Args)]
pub struct ModelsArgs {
    /// Where and how to look
    #[command(flatten)]
    pub look: LookArgs,
    /// text or json
    #[arg(long, value_enum, default_value_t, default_value_if("json", "true", "json"))]
    pub format: ListFormat,
    /// The same as --format json
    #[arg(long, conflicts_with_all = ["format", "print_config"])]
    pub json: bool,
    /// documented: the provider page's; installed: OpenClaw's since 2026.3.
    /// Without it, those of the OpenClaw that was found
    #[arg(long, value_enum)]
    pub rules: Option<RulesFlag>,
    /// A provider entry (JSON5) that offers exactly these models, and how to select one
    #[arg(long, conflicts_with = "format")]
    pub print_config: bool,
    /// auto, always or never
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// Flags of `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// The bundle of the earlier look
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The bundle of the later look
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Lowest severity of a finding that came since, for exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// text, json or html
    #[arg(long, value_enum, default_value_t)]
    pub format: CompareFormat,
    /// Every fact that changed
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// auto, always or never
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// Formats of `compare`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
    /// One page for a browser
    Html,
}

/// Flags of `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A check such as ollama/bind-address, its last word, a cause or an area; without one: all titles
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// The causes too that were not found here, with their fixes
    #[arg(long)]
    pub all: bool,
    /// Where and how to look
    #[command(flatten)]
    pub look: LookArgs,
    /// auto, always or never
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// Flags of `bundle`.
#[derive(Debug, Clone, Args)]
pub struct BundleArgs {
    /// Where to write it; - for stdout; without one: a file of its own in this folder
    #[arg(value_name = "FILE|-")]
    pub file: Option<PathBuf>,
    /// Replace a file that is no former report or bundle
    #[arg(long, requires = "file")]
    pub force: bool,
    /// Print what would be shared, and write nothing
    #[arg(long, conflicts_with = "file")]
    pub show: bool,
    /// Leave names of users, homes and hosts, and public addresses as they are
    #[arg(long)]
    pub keep_names: bool,
    /// Where and how to look
    #[command(flatten)]
    pub look: LookArgs,
}

/// Flags of `diagnose`.
#[derive(Debug, Clone, Args)]
pub struct DiagnoseArgs {
    /// What `bundle` wrote: files, folders, .tar.gz, - for stdin; one after the other in a file too
    #[arg(value_name = "FILE|-", required = true)]
    pub files: Vec<PathBuf>,
    /// By what several machines are counted
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub group_by: GroupBy,
    /// What to report of the judgement, and how
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// What --format json prints
    Report,
    /// What `bundle` writes
    Bundle,
}

/// Whose rules `models` applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RulesFlag {
    /// The provider page's, for 2026.1 and 2026.2
    Documented,
    /// Those measured on 2026.9.6
    Installed,
}

/// Severities for `--fail-on`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Stops answers now
    #[default]
    Error,
    /// Will bite, or half-works
    Warning,
    /// Worth knowing
    Info,
    /// Exit 0 whatever is found
    Never,
}

/// The files of a systemd service that starts by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnitPart {
    /// openclaw-doctor.service
    Service,
    /// openclaw-doctor.timer
    Timer,
}

/// A file that the report goes to.
#[derive(Debug, Clone)]
pub struct OutputFile {
    /// Where it is.
    pub path: PathBuf,
    /// What its extension stands for.
    pub format: Format,
}

/// Formats of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For a person
    #[default]
    Text,
    /// For a program
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal; NO_COLOR and CLICOLOR_FORCE are obeyed
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Cli {
    /// Whether whoever reads the exit code is a monitoring system.
    pub fn nagios_exit(&self) -> bool {
        match &self.command {
            Some(Command::Run(arguments)) => arguments.judge.nagios_exit,
            Some(Command::Diagnose(arguments)) => arguments.judge.nagios_exit,
            _ => self.run.judge.nagios_exit,
        }
    }
}

impl FailOn {
    /// The severity; `None` for never.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

impl JudgeArgs {
    /// The lowest severity that makes the report not ok; `None` for never.
    pub fn lowest(&self) -> Option<Severity> {
        self.fail_on.unwrap_or_default().severity()
    }
}

/// Formats by the extension of a file; those that belong on stdout have none.
const EXTENSIONS: &[(&str, Format)] = &[
    ("json", Format::Json),
    ("xml", Format::Junit),
    ("sarif", Format::Sarif),
    ("md", Format::Markdown),
    ("prom", Format::Prometheus),
    ("html", Format::Html),
    ("sh", Format::Sh),
    ("txt", Format::Text),
];

/// `FILE`, or `FORMAT=FILE` where the end of the name means another format or none.
fn output_file(text: &str) -> Result<OutputFile, String> {
    if let Some((name, file)) = text.split_once('=')
        && let Ok(format) = Format::from_str(name, false)
        && !file.is_empty()
    {
        return Ok(OutputFile { path: PathBuf::from(file), format });
    }
    let path = PathBuf::from(text);
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let known = EXTENSIONS.iter().find(|(known, _)| extension.as_deref() == Some(*known));
    let format = known.map(|(_, format)| *format).ok_or_else(|| {
        let known: Vec<String> = EXTENSIONS.iter().map(|(known, _)| format!(".{known}")).collect();
        format!("the end of its name must tell the format: {}; or write FORMAT=FILE", known.join(" "))
    })?;
    Ok(OutputFile { path, format })
}

/// Reads a time.
///
/// # Errors
/// How to write one.
pub fn duration(text: &str) -> Result<Duration, String> {
    let hint = "write it like 500ms, 10s or 2m";
    let text = if text.chars().all(|c| c.is_ascii_digit()) { format!("{text}s") } else { text.to_string() };
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| hint.to_string())?;
    Duration::try_from(parsed)
        .ok()
        .filter(|time| !time.is_zero() && time.as_secs() < 86_400)
        .ok_or(hint.to_string())
}

/// Reads `--profile` by OpenClaw's rule for names.
///
/// # Errors
/// The rule.
pub fn profile(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    is_name.then(|| text.to_string()).ok_or("a profile has letters, digits, _ and - only".to_string())
}
