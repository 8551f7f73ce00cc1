//! The page for a browser: whole, with nothing from elsewhere, and names that are markup are words.

use openclaw_doctor::render::format::Format;
use openclaw_doctor::render::{html, steps::Reader};

use super::{rendered, reports};

/// What stands in the page that is no text: tags with their attributes.
fn tags(page: &str) -> Vec<&str> {
    let body = page.split("<body>").nth(1).unwrap().split("<script>").next().unwrap();
    body.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect()
}

#[test]
fn every_page_is_whole_and_loads_nothing() {
    for (name, report) in reports() {
        let page = rendered(report, Format::Html);
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"), "{name}");
        assert!(page.contains("default-src 'none'"), "{name}");
        for tag in tags(&page) {
            let link = tag.strip_prefix("a href=\"").unwrap_or_default();
            let is_link = link.is_empty() || link.starts_with("https://") || link.starts_with('#');
            assert!(is_link && !tag.contains("src=") && !tag.contains(" on"), "{name}: <{tag}>");
        }
    }
}

#[test]
fn markup_in_a_name_is_text() {
    let page = rendered(&reports()["hostile"], Format::Html);
    let known = [
        "header", "h1", "h2", "h3", "p", "ol", "li", "span", "b", "br", "section", "table", "tr", "td",
        "div", "pre", "button", "details", "summary", "ul", "a",
    ];
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        assert!(known.contains(&name), "<{tag}>");
    }
}

#[test]
fn a_page_has_every_finding_and_every_check() {
    for (name, report) in reports() {
        let page = rendered(report, Format::Html);
        for row in &report.checks {
            assert!(page.contains(&row.id), "{name}: {}", row.id);
        }
        let has_command = report.roots().any(|finding| finding.fixes.iter().any(|fix| !fix.run.is_empty()));
        assert!(!has_command || page.contains("class=\"copy\""), "{name}");
    }
}

#[test]
fn a_fleet_has_a_row_and_a_part_for_each_machine() {
    let two: Vec<_> = reports().iter().take(2).map(|(name, report)| (name.clone(), report.clone())).collect();
    let page = html::fleet(&two, &Reader::named("root"));
    assert!(page.contains("2 machines") && page.matches("<details id=\"m").count() == 2, "{page}");
}

/// `PAGES=FOLDER cargo test --test formats html` writes the pages, to be opened in a browser.
#[test]
fn pages_can_be_looked_at() {
    let Ok(folder) = std::env::var("PAGES") else { return };
    for name in [
        "healthy",
        "hostile",
        "ollama/bind-address/loopback-only",
        "openclaw/private-network/not-trusted-own",
    ] {
        let path = std::path::Path::new(&folder).join(name.replace('/', "_") + ".html");
        std::fs::write(path, rendered(&reports()[name], Format::Html)).unwrap();
    }
    let all: Vec<_> =
        reports().iter().take(20).map(|(name, report)| (name.clone(), report.clone())).collect();
    std::fs::write(
        std::path::Path::new(&folder).join("fleet.html"),
        html::fleet(&all, &Reader::named("root")),
    )
    .unwrap();
}
