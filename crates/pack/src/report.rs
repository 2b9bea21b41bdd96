//! Findings for people at a terminal: the line itself, what is wrong with it, and what to write instead.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::both::Both;
use crate::finding::{Finding, Findings, Severity};
use crate::sources::Sources;

/// How a report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// With colours and lines, for a terminal.
    Colour,
    /// The same without colours, for a file or a terminal that has none.
    Plain,
}

/// All findings with an excerpt of the file for each.
pub fn report(findings: &Findings, sources: &Sources, style: Style) -> String {
    const WIDTH: usize = 120;
    let theme = match style {
        Style::Colour => GraphicalTheme::unicode(),
        Style::Plain => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_links(false);
    let mut text = String::new();
    for finding in findings.iter() {
        let source = NamedSource::new(&finding.file, sources.get(&finding.file).unwrap_or_default().to_owned());
        if handler.render_report(&mut text, &Excerpt { finding, source }).is_err() {
            // Writing to a string cannot fail; should rendering, the finding is still told.
            text.push_str(&finding.to_string());
        }
        text.push('\n');
    }
    text
}

/// In both languages, Chinese first: a terminal does not say which its reader likes.
fn told(words: &Both) -> String {
    format!("{} / {}", words.zh, words.en)
}

struct Excerpt<'a> {
    finding: &'a Finding,
    source: NamedSource<String>,
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", told(&self.finding.what))
    }
}

impl std::error::Error for Excerpt<'_> {}

impl Diagnostic for Excerpt<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(told(&self.finding.advice)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.finding.span.clone();
        Some(Box::new(std::iter::once(LabeledSpan::at(span, "此处 / here"))))
    }
}
