//! The screen of every case, as a terminal of 80 columns and 24 rows shows it.

use openclaw_doctor::render::format::Format;
use openclaw_doctor::report::{Report, Severity, Status};
use unicode_width::UnicodeWidthStr;

use super::{rendered, reports};

const ROWS: usize = 24;
const COLUMNS: usize = 80;

/// What a person still sees when the report has ended.
fn last_rows(text: &str) -> String {
    let rows: Vec<&str> = text.lines().collect();
    rows[rows.len().saturating_sub(ROWS)..].join("\n")
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All commands of the report, as far as one stands on one line.
fn commands(report: &Report) -> Vec<&str> {
    let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
    fixes.flat_map(|fix| fix.run.iter().chain(&fix.verify)).flat_map(|command| command.lines()).collect()
}

#[test]
fn the_last_rows_hold_the_first_problem_and_its_command() {
    for (name, report) in reports() {
        let text = rendered(report, Format::Text);
        let screen = last_rows(&text);
        let Some(first) = report.problems().next() else {
            continue;
        };
        assert!(flat(&screen).contains(&flat(&first.message)), "{name}: {screen}");
        let commands: Vec<&str> = first
            .fixes
            .iter()
            .flat_map(|fix| fix.run.iter().chain(&fix.verify))
            .map(String::as_str)
            .collect();
        let explain = format!("openclaw-doctor explain {}", first.check_id);
        let is_there =
            |command: &&str| command.lines().all(|line| screen.contains(line.trim_start_matches("sudo ")));
        assert!(commands.iter().any(is_there) || screen.contains(&explain), "{name}: {screen}");
    }
}

#[test]
fn two_problems_fit_a_screen_and_more_take_forty_rows_at_most() {
    for (name, report) in reports() {
        let text = rendered(report, Format::Text);
        let most = if report.problems().count() > 2 { 40 } else { ROWS };
        assert!(text.lines().count() <= most, "{name}: {} rows\n{text}", text.lines().count());
    }
}

#[test]
fn the_foot_ends_with_commands() {
    for (name, report) in reports() {
        let text = rendered(report, Format::Text);
        let last: Vec<&str> = text.lines().rev().take(2).collect();
        assert!(last.iter().any(|row| row.contains("openclaw-doctor ")), "{name}: {text}");
        if report.problems().count() > 0 {
            // It is not said twice.
            let is_said = last[0].starts_with("  openclaw-doctor explain ");
            assert!(is_said || last[0].starts_with("Why: openclaw-doctor explain "), "{name}: {text}");
            let command = last[usize::from(!is_said)].strip_prefix("  ").unwrap_or_default();
            assert!(
                !command.is_empty() && !command.starts_with(' ') && !command.contains("<<"),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn no_row_but_a_command_is_wider_than_the_screen() {
    for (name, report) in reports() {
        let commands = commands(report);
        for row in rendered(report, Format::Text).lines().filter(|row| row.width() > COLUMNS) {
            let is_command = commands.iter().any(|command| row.contains(command.trim_start_matches("sudo ")));
            let has_long_word = row.split(' ').any(|word| word.width() > 60);
            assert!(is_command || has_long_word, "{name}: {} columns: {row}", row.width());
        }
    }
}

#[test]
fn no_link_is_marked_good_that_was_not_seen_to_be_good() {
    for (name, report) in reports() {
        for link in report.path.iter().filter(|link| link.state == Status::Pass) {
            let outcome = report.checks.iter().find(|row| row.id == link.check).unwrap();
            assert_eq!(outcome.link, link.link, "{name}");
            let broken = report.findings.iter().find(|finding| {
                let row = report.checks.iter().find(|row| row.id == finding.check_id).unwrap();
                let is_of_primary = finding.target.is_none()
                    || finding.target == report.target.as_ref().map(|target| target.base_url.clone());
                row.link == link.link
                    && finding.severity == Severity::Error
                    && finding.caused_by.is_none()
                    && is_of_primary
            });
            assert!(broken.is_none(), "{name}: {link:?} beside {}", broken.unwrap().check_id);
        }
    }
}

/// `SCREENS=FOLDER cargo test --test formats screen` writes the screens, to be read.
#[test]
fn screens_can_be_looked_at() {
    let Ok(folder) = std::env::var("SCREENS") else { return };
    for (name, report) in reports() {
        let path = std::path::Path::new(&folder).join(name.replace('/', "_") + ".txt");
        std::fs::write(path, rendered(report, Format::Text)).unwrap();
    }
}
