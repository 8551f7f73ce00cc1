//! `diagnose` of several bundles: judged side by side, and each file of theirs written as they come.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::PathBuf;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::bundled::{Judge, opened, unread};
use super::exit;
use super::show::{REPORT_MODE, decide_color, layout, print};
use super::write::{How, are_different, write_from};
use crate::bundle::sources::{Content, Source};
use crate::bundle::{LARGE, parse_owned};
use crate::catalogue::Page;
use crate::checks;
use crate::cli::OutputFile;
use crate::render::fleet::{Fleet, GroupBy, Row, Unknown, formats};
use crate::render::format::Format;
use crate::render::{nagios, text};

/// So many bundles are judged before what came of them is written …
const AT_ONCE: usize = 256;
/// … or so many bytes of them: no more are held.
const BYTES_AT_ONCE: usize = 4 << 20;

/// No report goes into the place of a bundle that is judged.
fn not_overwritten(outputs: &[OutputFile], source: &Source) -> Result<(), String> {
    let Ok(Content::File(file)) = &source.content else { return Ok(()) };
    let of_that_name = outputs.iter().filter(|output| output.path.file_name() == file.file_name());
    of_that_name.into_iter().try_for_each(|output| are_different([&*output.path, &**file]))
}

#[derive(Default)]
struct Batch {
    sources: Vec<Source>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, source: Source) {
        if let Ok(Content::Bytes(bytes)) = &source.content {
            self.bytes += bytes.len();
        }
        self.sources.push(source);
    }

    fn is_full(&self) -> bool {
        self.sources.len() >= AT_ONCE || self.bytes >= BYTES_AT_ONCE
    }
}

/// One place that reports go to.
struct Sink {
    format: Format,
    /// Where it belongs; stdout where there is none.
    file: Option<PathBuf>,
    /// What a file will hold, until it is whole.
    spool: Option<BufWriter<File>>,
    is_begun: bool,
}

impl Sink {
    fn new(format: Format, file: Option<PathBuf>) -> Result<Sink, String> {
        let spool = |_: &PathBuf| tempfile::tempfile().map(BufWriter::new);
        let spool = file.as_ref().map(spool).transpose();
        let spool = spool.map_err(|error| format!("a temporary file cannot be made: {error}"))?;
        Ok(Sink { format, file, spool, is_begun: false })
    }

    fn put(&mut self, text: &str) -> Result<(), String> {
        match &mut self.spool {
            Some(spool) => {
                let written = spool.write_all(text.as_bytes());
                written.map_err(|error| format!("a temporary file cannot be written: {error}"))
            }
            None => print(text),
        }
    }

    /// What one machine adds.
    fn add(&mut self, piece: &str) -> Result<(), String> {
        if piece.is_empty() {
            return Ok(());
        }
        if std::mem::replace(&mut self.is_begun, true) {
            self.put(formats::separator(self.format))?;
        }
        self.put(piece)
    }

    fn close(self, force: bool) -> Result<(), String> {
        let (Some(file), Some(spool)) = (self.file, self.spool) else { return Ok(()) };
        let spool = spool.into_inner().map_err(|error| error.to_string());
        let mut spool =
            spool.and_then(|mut spool| spool.rewind().map(|()| spool).map_err(|error| error.to_string()))?;
        write_from(&file, &mut spool, How { mode: REPORT_MODE, force })
    }
}

/// The bundles as they come, and all that is written of them.
pub struct Several<'a> {
    judge: &'a Judge<'a>,
    batch: Batch,
    sinks: Vec<Sink>,
    fleet: Fleet,
    layout: text::Layout,
    code: u8,
    /// Which entries of the settings file have ignored something, and which could have.
    used: Vec<(bool, bool)>,
}

/// What came of one bundle.
struct Judged {
    row: Row,
    unknown: Unknown,
    code: u8,
    pieces: Vec<String>,
    used: Vec<(bool, bool)>,
}

impl<'a> Several<'a> {
    /// Begins.
    ///
    /// # Errors
    /// A file that is named twice, or a stdout that cannot be written.
    pub fn new(judge: &'a Judge<'a>, by: GroupBy) -> Result<Several<'a>, String> {
        are_different(judge.arguments.output.iter().map(|output| &*output.path))?;
        let stdout = Sink::new(judge.arguments.format, None);
        let files =
            judge.arguments.output.iter().map(|output| Sink::new(output.format, Some(output.path.clone())));
        let mut sinks: Vec<Sink> = [stdout].into_iter().chain(files).collect::<Result<_, _>>()?;
        let is_sarif = |sink: &Sink| sink.format == Format::Sarif;
        // Reading them all takes longer than judging some bundles.
        let checks = if sinks.iter().any(is_sarif) { checks::ALL } else { &[] };
        let pages: Vec<&Page> = checks.iter().filter_map(|check| judge.catalogue.page(check.id)).collect();
        sinks.iter_mut().try_for_each(|sink| sink.put(&formats::start(sink.format, &pages)?))?;
        Ok(Several {
            judge,
            batch: Batch::default(),
            sinks,
            fleet: Fleet::by(by),
            layout: layout(judge.arguments.verbose, judge.arguments.quiet),
            code: exit::OK,
            used: vec![(false, false); judge.settings.ignores.len()],
        })
    }

    /// Takes one more.
    ///
    /// # Errors
    /// A report that would replace it, or a place that cannot be written.
    pub fn add(&mut self, source: Source) -> Result<(), String> {
        not_overwritten(&self.judge.arguments.output, &source)?;
        self.batch.add(source);
        if self.batch.is_full() { self.judge() } else { Ok(()) }
    }

    fn judge(&mut self) -> Result<(), String> {
        let batch = std::mem::take(&mut self.batch);
        let this = &*self;
        let large = |source: &Source| matches!(&source.content, Ok(Content::Bytes(bytes)) if bytes.len() as u64 > LARGE);
        let (large, small): (Vec<Source>, Vec<Source>) = batch.sources.into_iter().partition(large);
        let small: Vec<Vec<(String, Result<Judged, String>)>> =
            small.into_par_iter().map(|source| this.members(source)).collect();
        // Of large ones no two trees are held at a time.
        let large: Vec<_> = large.into_iter().flat_map(|source| this.members(source)).collect();
        for (name, judged) in small.into_iter().flatten().chain(large) {
            self.take(&name, judged)?;
        }
        Ok(())
    }

    fn take(&mut self, name: &str, judged: Result<Judged, String>) -> Result<(), String> {
        let judged = match judged {
            Ok(judged) => judged,
            Err(why) => {
                let error = unread(name, &why);
                self.code = exit::USAGE;
                eprintln!("openclaw-doctor: {error}");
                self.fleet.add_unread(name, error);
                return Ok(());
            }
        };
        self.code = exit::worse(self.code, judged.code);
        for (all, one) in self.used.iter_mut().zip(judged.used) {
            *all = (all.0 | one.0, all.1 | one.1);
        }
        self.fleet.add(judged.row, &judged.unknown);
        self.sinks.iter_mut().zip(judged.pieces).try_for_each(|(sink, piece)| sink.add(&piece))
    }

    /// What a small file holds, or the one document that there is.
    fn members(&self, source: Source) -> Vec<(String, Result<Judged, String>)> {
        let sources = match source.content {
            Ok(Content::File(path)) => opened(&source.name, &path),
            content => vec![Source { name: source.name, content }],
        };
        let judged = sources.into_iter().map(|source| match source.content {
            Ok(Content::Bytes(bytes)) => (self.member(&source.name, bytes), source.name),
            Ok(Content::File(_)) => (Err("it is a file in a file".into()), source.name),
            Err(why) => (Err(why), source.name),
        });
        judged.map(|(judged, name)| (name, judged)).collect()
    }

    fn member(&self, name: &str, bytes: Vec<u8>) -> Result<Judged, String> {
        let report = self.judge.report(&parse_owned(bytes)?);
        let row = Row::of(name, &report);
        let piece = |sink: &Sink| {
            formats::member(sink.format, &row, &report, &self.judge.catalogue, &self.layout.reader)
        };
        let pieces: Result<Vec<String>, String> = self.sinks.iter().map(piece).collect();
        let used = |(rule, ignore): (usize, &crate::diagnosis::ignore::Ignore)| {
            (report.ignored.iter().any(|one| one.rule == rule), ignore.is_looked_at(&report))
        };
        Ok(Judged {
            unknown: Unknown::of(&report),
            code: exit::code(&report),
            pieces: pieces?,
            used: self.judge.settings.ignores.iter().enumerate().map(used).collect(),
            row,
        })
    }

    /// Judges the last ones, and writes what is known of all only now.
    ///
    /// # Errors
    /// A file or a stdout that cannot be written. The others are written all the same.
    pub fn end(mut self) -> Result<u8, String> {
        self.judge()?;
        let settings = &self.judge.settings;
        let unused = settings
            .ignores
            .iter()
            .zip(&self.used)
            .filter(|(_, (is_used, is_looked_at))| !is_used && *is_looked_at);
        let unused = unused.map(|(ignore, _)| settings.ignores_nothing(ignore));
        settings
            .warnings()
            .into_iter()
            .chain(unused)
            .for_each(|warning| eprintln!("openclaw-doctor: {warning}"));
        let ok = self.code == exit::OK;
        let in_file = self.layout.in_a_file();
        let mut written = Ok(());
        let mut sinks = std::mem::take(&mut self.sinks);
        for mut sink in sinks.drain(1..) {
            // No file is a terminal.
            colored::control::set_override(false);
            let end = self.fleet.end(sink.format, ok, &in_file)?;
            let this = sink.put(&end).and_then(|()| sink.close(self.judge.arguments.force));
            written = written.and(this);
        }
        decide_color(self.judge.arguments.color);
        for mut sink in sinks {
            sink.put(&self.fleet.end(sink.format, ok, &self.layout)?)?;
        }
        written?;
        let plugin = || self.fleet.worst().map_or(nagios::EXIT_UNKNOWN, nagios::code);
        Ok(match (self.judge.arguments.nagios_exit, self.code) {
            (true, exit::USAGE) => plugin().max(nagios::EXIT_UNKNOWN),
            (true, _) => plugin(),
            (false, code) => code,
        })
    }
}
