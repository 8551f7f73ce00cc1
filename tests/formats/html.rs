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

fn fleet(count: usize) -> String {
    let reader = Reader::named("root");
    let members = reports().iter().take(count).map(|(name, report)| html::member(name, report, &reader));
    html::start()
        + &members.collect::<String>()
        + &html::end("all of them", ["x.json <b> is none"].into_iter())
}

#[test]
fn a_fleet_has_a_row_and_a_part_for_each_machine() {
    let page = fleet(2);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"), "{page}");
    assert_eq!(page.matches("<details class=\"machine\">").count(), 2);
    assert!(page.contains("x.json &lt;b&gt; is none") && page.matches("<script>").count() == 1);
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
    std::fs::write(std::path::Path::new(&folder).join("fleet.html"), fleet(20)).unwrap();
}
