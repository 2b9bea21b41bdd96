//! Reads `tests/*.toml`.

use std::collections::BTreeSet;

use quanyu_domain::cases::AnswersInput;
use quanyu_domain::model::{Milestone, Performer, Phase, RequestKind};
use quanyu_domain::time::{CalendarDay, LimitDuration, WorkCalendar, WorkTime, YearTable};
use rust_decimal::Decimal;

use super::language::{SATISFACTIONS, TEST_FILE};
use super::{ActAt, DueTold, Expect, Filed, Line, StepTold, Test, TestFile, Told, What, Who};
use crate::finding::{Findings, Notes, Spot, line_and_column};
use crate::gather::Packs;
use crate::language::performer;
use crate::load::assemble;
use crate::parameters::{Parameters, settings};
use crate::place::{parse_offset, work_hours};
use crate::read::read_file;
use crate::record::{Record, Value};
use crate::rules;
use crate::setting::{Fault, Scalar};
use crate::sources::Sources;

/// Reads the tests of every pack, and builds for each file the model that its pack amounts to.
///
/// # Errors
/// Every finding, where the packs or the tests are not sound.
pub fn read(sources: &Sources) -> Result<Vec<TestFile>, Findings> {
    let mut notes = Notes::new(sources);
    let packs = Packs::read(sources, &mut notes);
    if !packs.whole {
        return Err(notes.finish());
    }
    let parameters = Parameters::read(&packs, &mut notes);
    let mut files = Vec::new();
    for position in 0..packs.all.len() {
        let folder = format!("{}/tests", packs.all[position].folder);
        let names: Vec<&str> = sources
            .in_folder(&folder)
            .map(|(name, _)| name)
            .filter(|name| name.ends_with(".toml"))
            .collect();
        for name in names {
            let path = format!("{folder}/{name}");
            files.extend(read_tests(path, position, &packs, &parameters, &mut notes));
        }
    }
    let findings = notes.finish();
    if findings.has_errors() {
        Err(findings)
    } else {
        Ok(files)
    }
}

fn read_tests(
    path: String,
    pack: usize,
    packs: &Packs,
    parameters: &Parameters,
    notes: &mut Notes<'_>,
) -> Option<TestFile> {
    let file = notes.file(&path);
    let record = read_file(notes, file, &TEST_FILE)?;
    let sees = &packs.all[pack].sees;
    packs.check(&record, sees, notes);
    let stub = record.record("place")?;
    let work_time = work_time(stub, notes);
    let parameters = parameters.resolve(packs, sees, &[("test", settings(stub))], notes);
    let rules = rules::build(packs, sees, &parameters, notes);
    let model = assemble(packs, sees, rules, parameters, work_time?, "test".into());
    let mut reader = Reader {
        notes,
        path: path.clone(),
    };
    let tests = record
        .records("test")
        .iter()
        .filter_map(|test| reader.test(test))
        .collect();
    Some(TestFile {
        path,
        pack: packs.all[pack].name.clone(),
        model,
        tests,
    })
}

fn work_time(stub: &Record, notes: &mut Notes<'_>) -> Option<WorkTime> {
    let offset = stub.word("utc_offset")?;
    let found = parse_offset(&offset.text);
    if found.is_none() {
        notes.error(
            offset.spot,
            "not_an_offset",
            (
                format!("`{}` 不是时差", offset.text),
                format!("`{}` is no offset", offset.text),
            ),
            ("请写成 \"+08:00\"", "write it as \"+08:00\""),
        );
    }
    let hours = stub.record("work_hours").and_then(|hours| work_hours(hours, notes));
    let calendar = calendar(stub.record("calendar")?, notes);
    Some(WorkTime {
        calendar: calendar?,
        hours: hours?,
        offset: found?,
    })
}

fn calendar(record: &Record, notes: &mut Notes<'_>) -> Option<WorkCalendar> {
    let mut years = BTreeSet::new();
    for located in record.list("years") {
        let year = match &located.value {
            Value::Scalar(Scalar::Number(year)) => i16::try_from(*year).ok().filter(|y| Decimal::from(*y) == *year),
            _ => None,
        };
        match year {
            Some(year) => years.extend([year]),
            None => notes.error(
                located.spot,
                "not_a_year",
                ("这不是年份", "this is no year"),
                ("请写如 2024", "write such as 2024"),
            ),
        }
    }
    let mut days = Vec::new();
    for (key, is_off_day) in [("off", true), ("work", false)] {
        for located in record.list(key) {
            let Value::Date(date) = located.value else { continue };
            if !years.contains(&date.year()) {
                notes.error(
                    located.spot,
                    "date_of_another_year",
                    (
                        format!("{date} 不在所列年份内"),
                        format!("{date} lies in none of the years"),
                    ),
                    ("请在 `years` 中添加其年份", "add its year to `years`"),
                );
            }
            days.push(CalendarDay {
                date,
                is_off_day,
                name: key.to_owned(),
            });
        }
    }
    let tables: Vec<YearTable> = years
        .into_iter()
        .map(|year| YearTable {
            year,
            days: days.iter().filter(|day| day.date.year() == year).cloned().collect(),
        })
        .collect();
    match WorkCalendar::from_tables(&tables) {
        Ok(calendar) => Some(calendar),
        Err(error) => {
            notes.fault(record.spot, Fault::from_error(&error));
            None
        }
    }
}

struct Reader<'a, 's> {
    notes: &'a mut Notes<'s>,
    path: String,
}

impl Reader<'_, '_> {
    fn line(&self, spot: Spot) -> Line {
        let (line, column) = line_and_column(self.notes.text(spot.file), spot.start);
        Line {
            file: self.path.clone(),
            line,
            column,
        }
    }

    fn test(&mut self, record: &Record) -> Option<Test> {
        let case = record.record("case")?;
        let names = |key| case.words(key).into_iter().map(|word| word.text).collect();
        let filed = Filed {
            case_type: case.text("type"),
            demand: case.text("demand"),
            channel: case.text("channel"),
            at: instant(case, "at")?,
            by: Who {
                part: performer(&case.word("by").map_or("operator".into(), |word| word.text))?,
                unit: None,
                person: None,
            },
            matter: case.word("matter").map(|word| word.text),
            anonymous: case.flag("anonymous"),
            has_point: case.flag("has_point"),
            evidence: names("evidence"),
            answer: case.word("answer").map(|word| word.text),
            line: self.line(case.spot),
            expect: self.expect(record),
        };
        let acts = record.records("do").iter().filter_map(|act| self.act(act)).collect();
        Some(Test {
            title: record.text("title"),
            line: self.line(record.spot),
            filed,
            acts,
        })
    }

    fn act(&mut self, record: &Record) -> Option<ActAt> {
        const CHOICES: [&str; 4] = ["step", "ask", "decide", "wake"];
        let chosen: Vec<&str> = CHOICES.into_iter().filter(|key| record.has(key)).collect();
        let [chosen] = chosen[..] else {
            let choices = (CHOICES.join("、"), CHOICES.join(", "));
            let advice = (
                format!("请从中选择：{}", choices.0),
                format!("write one of {}", choices.1),
            );
            self.notes.error(
                record.spot,
                "nothing_happens",
                ("没有说明发生什么", "this does not say what happens"),
                advice,
            );
            return None;
        };
        let part = match record.word("by") {
            Some(word) => performer(&word.text)?,
            None if chosen == "wake" => Performer::PROGRAM,
            None => {
                self.notes.error(
                    record.spot,
                    "nobody_does",
                    ("没有说明由谁来做", "this does not say who does it"),
                    ("请添加 `by`", "add `by`"),
                );
                return None;
            }
        };
        let text = |key| record.word(key).map(|word| word.text);
        let what = match chosen {
            "step" => What::Step(Box::new(StepTold {
                name: record.text("step"),
                lead: text("lead"),
                assist: record.words("assist").into_iter().map(|word| word.text).collect(),
                limit_class: text("limit_class"),
                outcome: text("outcome"),
                evidence: record.words("evidence").into_iter().map(|word| word.text).collect(),
                answers: record.record("answers").map(answers),
            })),
            "ask" => What::Ask {
                kind: kind(record, chosen)?,
                more: self.more(record),
                until: instant(record, "until"),
            },
            "decide" => {
                if !record.has("grant") {
                    self.notes.error(
                        record.spot,
                        "nothing_decided",
                        ("没有说明决定了什么", "this does not say what is decided"),
                        ("请添加 `grant`：true 或 false", "add `grant`: true or false"),
                    );
                }
                What::Decide {
                    kind: kind(record, chosen)?,
                    grant: record.flag("grant"),
                }
            }
            _ => What::Wake,
        };
        Some(ActAt {
            at: instant(record, "at")?,
            by: Who {
                part,
                unit: text("unit"),
                person: text("person"),
            },
            what,
            line: self.line(record.spot),
            expect: self.expect(record),
        })
    }

    /// How much more time is asked for: a literal, because what a unit asks for is no setting.
    fn more(&mut self, record: &Record) -> Option<LimitDuration> {
        use crate::setting::Setting;
        use quanyu_domain::model::ParameterValue;
        match record.setting("more")? {
            Setting::Literal(ParameterValue::Duration(duration)) => Some(*duration),
            _ => {
                let spot = record.spot_of("more");
                self.notes.error(
                    spot,
                    "not_a_literal",
                    ("此处须直接写值", "this is no literal"),
                    (
                        "请写申请多少：\"3 workdays\"",
                        "write how much is asked for: \"3 workdays\"",
                    ),
                );
                None
            }
        }
    }

    fn expect(&mut self, record: &Record) -> Expect {
        let Some(expect) = record.record("expect") else {
            return Expect::default();
        };
        let word = |key| {
            expect.word(key).map(|word| Told {
                line: self.line(word.spot),
                value: word.text,
            })
        };
        let flag = |key| {
            expect.get(key)?;
            Some(Told {
                value: expect.flag(key),
                line: self.line(expect.spot_of(key)),
            })
        };
        let list = |key| {
            expect.get(key)?;
            let words = expect.words(key).into_iter().map(|word| word.text).collect::<Vec<_>>();
            Some(Told {
                value: words,
                line: self.line(expect.spot_of(key)),
            })
        };
        let phase = word("phase").and_then(|told| {
            let value = Phase::ALL.into_iter().find(|phase| phase.name() == told.value)?;
            Some(Told { value, line: told.line })
        });
        let milestones = list("milestones").map(|told| {
            let named = |name: &String| Milestone::ALL.into_iter().find(|milestone| milestone.name() == name);
            Told {
                value: told.value.iter().filter_map(named).collect(),
                line: told.line,
            }
        });
        let (refused, state, told) = (word("refused"), word("state"), list("told"));
        let (suspended, excluded) = (flag("suspended"), flag("excluded"));
        Expect {
            refused,
            state,
            phase,
            due: self.due(expect),
            told,
            milestones,
            suspended,
            excluded,
        }
    }

    fn due(&mut self, expect: &Record) -> Vec<(String, Told<DueTold>)> {
        let mut found = Vec::new();
        for (clock, located) in expect.values("due") {
            let text = match &located.value {
                Value::Scalar(Scalar::Text(text)) => text.as_str(),
                _ => "",
            };
            let value = match text {
                "paused" => Some(DueTold::Paused),
                "stopped" => Some(DueTold::Stopped),
                "no_calendar" => Some(DueTold::NoCalendar),
                other => other.parse().ok().map(DueTold::At),
            };
            match value {
                Some(value) => found.push((
                    clock.text.clone(),
                    Told {
                        value,
                        line: self.line(clock.spot),
                    },
                )),
                None => self.notes.error(
                    located.spot,
                    "not_a_due_instant",
                    ("这不是到期时间", "this is no due instant"),
                    (
                        "请写 \"2024-10-08T18:00+08:00\"、\"paused\"、\"stopped\" 或 \"no_calendar\"",
                        "write \"2024-10-08T18:00+08:00\", \"paused\", \"stopped\" or \"no_calendar\"",
                    ),
                ),
            }
        }
        found
    }
}

fn answers(record: &Record) -> AnswersInput {
    let flag = |key| record.get(key).map(|_| record.flag(key));
    let satisfaction = record.word("satisfaction");
    AnswersInput {
        reached: record.flag("reached"),
        responded: flag("responded"),
        solved: flag("solved"),
        satisfaction: satisfaction
            .and_then(|word| SATISFACTIONS.into_iter().find(|(name, _)| *name == word.text))
            .map(|(_, value)| value),
    }
}

fn kind(record: &Record, key: &str) -> Option<RequestKind> {
    let name = record.text(key);
    RequestKind::ALL.into_iter().find(|kind| kind.name() == name)
}

fn instant(record: &Record, key: &str) -> Option<jiff::Timestamp> {
    match record.get(key)?.value {
        Value::Instant(at) => Some(at),
        _ => None,
    }
}
