//! The formats of the report, as flags name them.

use clap::ValueEnum;

/// Formats of the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person
    #[default]
    Text,
    /// One line for each thing to fix, for logs and grep
    Line,
    /// For a program
    Json,
    /// For CI: a test case for each check
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality of GitLab
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// For an issue, or the summary of a job
    Markdown,
    /// For the textfile collector of node_exporter
    Prometheus,
    /// For a monitoring plugin; its exit codes need --nagios-exit
    Nagios,
    /// One page for a browser, to be shared
    Html,
    /// The first fix as a script
    Sh,
}
