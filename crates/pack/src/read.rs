//! Reads TOML against its description: what comes out has the right shape, and everything else has been noted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quanyu_domain::text::Title;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::both::Both;
use crate::finding::{Notes, Spot};
use crate::names::{instead, is_name};
use crate::record::{Located, Record, Value, Word};
use crate::setting::{Fault, Moment, Scalar, Setting};
use crate::shape::{Key, Kind, Shape};

/// Reads a file. `None` where it is no TOML: then only the first fault is noted, because the others follow from it.
pub(crate) fn read_file(notes: &mut Notes<'_>, file: usize, shape: &'static Shape) -> Option<Record> {
    let text = notes.text(file);
    let (table, faults) = DeTable::parse_recoverable(text);
    let mut reader = Reader { notes, file };
    if let Some(fault) = faults
        .iter()
        .min_by_key(|fault| fault.span().map_or(0, |span| span.start))
    {
        let span = fault.span().unwrap_or(0..0);
        let message = fault.message().lines().collect::<Vec<_>>().join(", ");
        reader.notes.error(
            reader.spot(span),
            "not_toml",
            (format!("这不是 TOML：{message}"), format!("this is no TOML: {message}")),
            (
                "请改正这一行；其后的内容没有读取",
                "mend the line; nothing after it was read",
            ),
        );
        return None;
    }
    let whole = reader.spot(0..0);
    Some(reader.record(table.get_ref(), whole, shape))
}

/// What a table is called where something else stands.
const TABLE: (&str, &str) = ("表", "a table");

type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

struct Reader<'a, 's> {
    notes: &'a mut Notes<'s>,
    file: usize,
}

impl Reader<'_, '_> {
    fn spot(&self, span: Range<usize>) -> Spot {
        Spot {
            file: self.file,
            start: span.start,
            end: span.end,
        }
    }

    fn record(&mut self, table: &DeTable<'_>, spot: Spot, shape: &'static Shape) -> Record {
        let mut values = BTreeMap::new();
        let mut written = BTreeSet::new();
        for (key, value) in table {
            match shape.keys.iter().find(|known| known.name == key.get_ref().as_ref()) {
                Some(known) => {
                    // A table's span covers its header alone; the key is as good a place and shorter.
                    let at = if value.get_ref().is_table() {
                        key.span()
                    } else {
                        value.span()
                    };
                    let spot = self.spot(at);
                    written.insert(known.name);
                    if let Some(value) = self.value(key, value, known.kind) {
                        values.insert(known.name, Located { value, spot });
                    }
                }
                None => {
                    let known = shape.keys.iter().map(|known| known.name);
                    self.notes.error(
                        self.spot(key.span()),
                        "unknown_key",
                        (
                            format!("`{}` 中没有 `{}` 这一项", shape.name, key.get_ref()),
                            format!("there is no `{}` in {}", key.get_ref(), called(shape)),
                        ),
                        instead(key.get_ref(), known),
                    );
                }
            }
        }
        for key in shape
            .keys
            .iter()
            .filter(|key| key.required && !written.contains(key.name))
        {
            self.notes.error(
                spot,
                "key_missing",
                (
                    format!("此处（`{}`）缺少 `{}`", shape.name, key.name),
                    format!("this {} has no `{}`", shape.name.replace('_', " "), key.name),
                ),
                missing(key),
            );
        }
        Record {
            shape,
            spot,
            written,
            values,
        }
    }

    fn value(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        kind: Kind,
    ) -> Option<Value> {
        let spot = self.spot(value.span());
        Some(match kind {
            Kind::Title => Value::Title(self.title(value)?),
            Kind::Text | Kind::Condition => Value::Word(self.string(value, ("带引号的文字", "a text in quotes"))?),
            Kind::NewName | Kind::Beside | Kind::Name(_) | Kind::NameOr(..) => {
                let name = self.string(value, ("带引号的名称", "a name in quotes"))?;
                self.check_name(&name, spot)?;
                Value::Word(name)
            }
            Kind::Word(words) => {
                let word = self.string(value, ("带引号的词", "a word in quotes"))?;
                if !words().contains(&word.as_str()) {
                    self.notes.error(
                        spot,
                        "unknown_word",
                        (format!("此处没有 `{word}`"), format!("`{word}` is not known here")),
                        instead(&word, words()),
                    );
                    return None;
                }
                Value::Word(word)
            }
            Kind::Flag => match value.get_ref() {
                DeValue::Boolean(flag) => Value::Flag(*flag),
                other => return self.wrong(spot, other, ("true 或 false", "true or false")),
            },
            Kind::Setting(wanted) => {
                let scalar = self.scalar(value, wanted.example())?;
                let read = Setting::read(wanted, &scalar);
                Value::Setting(self.sound(spot, read)?)
            }
            Kind::Moment => {
                let text = self.string(
                    value,
                    ("时刻，如 \"before 1 workday\"", "a moment such as \"before 1 workday\""),
                )?;
                Value::Moment(self.sound(spot, Moment::read(&text))?)
            }
            Kind::Instant => {
                let text = self.string(
                    value,
                    (
                        "时间，如 \"2024-09-30T14:05+08:00\"",
                        "an instant such as \"2024-09-30T14:05+08:00\"",
                    ),
                )?;
                let read = text.parse().map_err(|_| {
                    Fault::new(
                        "not_an_instant",
                        (format!("`{text}` 不是时间"), format!("`{text}` is no instant")),
                        (
                            "请写 \"2024-09-30T14:05+08:00\"，含时差",
                            "write \"2024-09-30T14:05+08:00\", with its offset",
                        ),
                    )
                });
                Value::Instant(self.sound(spot, read)?)
            }
            Kind::Date => {
                let text = self.string(value, ("日期，如 \"2024-09-30\"", "a date such as \"2024-09-30\""))?;
                let read = text.parse().map_err(|_| {
                    Fault::new(
                        "not_a_date",
                        (format!("`{text}` 不是日期"), format!("`{text}` is no date")),
                        ("请写成 \"2024-09-30\"", "write it as \"2024-09-30\""),
                    )
                });
                Value::Date(self.sound(spot, read)?)
            }
            Kind::Scalar => {
                Value::Scalar(self.scalar(value, ("文字、数、true 或 false", "a text, a number, true or false"))?)
            }
            Kind::List(item) => match value.get_ref() {
                DeValue::Array(items) => {
                    let mut read = Vec::new();
                    for entry in items {
                        let spot = self.spot(entry.span());
                        read.extend(self.value(key, entry, *item).map(|value| Located { value, spot }));
                    }
                    if read.is_empty() && !items.is_empty() {
                        // Every item has been noted; an empty list would be noted once more.
                        return None;
                    }
                    Value::List(read)
                }
                other => return self.wrong(spot, other, ("方括号中的列表", "a list in brackets")),
            },
            Kind::Table(shape) => Value::Record(self.table(key, value, shape)?),
            Kind::Tables(shape) => match value.get_ref() {
                DeValue::Array(items) => {
                    let read = items.iter().filter_map(|item| match item.get_ref() {
                        DeValue::Table(table) => Some(self.record(table, self.spot(item.span()), shape)),
                        other => self.wrong(self.spot(item.span()), other, TABLE),
                    });
                    Value::Records(read.collect())
                }
                other => {
                    let written = format!("[[…{}]]", key.get_ref());
                    let (zh, en) = (format!("若干表：{written}"), format!("tables: {written}"));
                    return self.wrong(spot, other, (&zh, &en));
                }
            },
            Kind::Named(shape) => Value::Named(self.named(value, shape, None)?),
            Kind::NamedBy(words, shape) => Value::Named(self.named(value, shape, Some(words()))?),
            Kind::Values => {
                let DeValue::Table(table) = value.get_ref() else {
                    return self.wrong(spot, value.get_ref(), TABLE);
                };
                let read = in_order(table).into_iter().filter_map(|(key, value)| {
                    let spot = self.spot(value.span());
                    let scalar = self.scalar(value, ("文字、数、true 或 false", "a text, a number, true or false"))?;
                    let word = Word {
                        text: key.get_ref().to_string(),
                        spot: self.spot(key.span()),
                    };
                    Some((
                        word,
                        Located {
                            value: Value::Scalar(scalar),
                            spot,
                        },
                    ))
                });
                Value::Values(read.collect())
            }
        })
    }

    fn table(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        shape: &'static Shape,
    ) -> Option<Record> {
        match value.get_ref() {
            DeValue::Table(table) => Some(self.record(table, self.spot(key.span()), shape)),
            other => self.wrong(self.spot(value.span()), other, TABLE),
        }
    }

    fn named(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        shape: &'static Shape,
        words: Option<Vec<&'static str>>,
    ) -> Option<Vec<(Word, Record)>> {
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong(
                self.spot(value.span()),
                value.get_ref(),
                ("按名称列出的表", "tables by their names"),
            );
        };
        let mut read = Vec::new();
        for (key, value) in in_order(table) {
            let word = Word {
                text: key.get_ref().to_string(),
                spot: self.spot(key.span()),
            };
            match &words {
                Some(words) if !words.contains(&word.text.as_str()) => {
                    self.notes.error(
                        word.spot,
                        "unknown_name",
                        (
                            format!("没有名为 `{}` 的 {}", word.text, shape.name),
                            format!("there is no {} `{}`", shape.name.replace('_', " "), word.text),
                        ),
                        instead(&word.text, words.iter().copied()),
                    );
                }
                _ => {
                    self.check_name(&word.text, word.spot);
                }
            }
            if let Some(record) = self.table(key, value, shape) {
                read.push((word, record));
            }
        }
        Some(read)
    }

    fn title(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Title> {
        let spot = self.spot(value.span());
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong(
                spot,
                value.get_ref(),
                (
                    "两种语言：{ zh = \"…\", en = \"…\" }",
                    "both languages: { zh = \"…\", en = \"…\" }",
                ),
            );
        };
        let mut title = Title::default();
        for (key, value) in table {
            let words = match key.get_ref().as_ref() {
                "zh" => &mut title.zh,
                "en" => &mut title.en,
                other => {
                    self.notes.error(
                        self.spot(key.span()),
                        "unknown_language",
                        (
                            format!("名称没有 `{other}` 这种语言"),
                            format!("`{other}` is no language of a title"),
                        ),
                        (
                            "请写 zh 和 en：{ zh = \"…\", en = \"…\" }",
                            "write zh and en: { zh = \"…\", en = \"…\" }",
                        ),
                    );
                    continue;
                }
            };
            if let Some(text) = self.string(value, ("带引号的文字", "a text in quotes")) {
                *words = text;
            } else {
                // Noted already.
                *words = "?".into();
            }
        }
        for (language, words, name) in [
            ("zh", &title.zh, ("中文", "Chinese")),
            ("en", &title.en, ("英文", "English")),
        ] {
            if words.is_empty() {
                self.notes.error(
                    spot,
                    "title_missing",
                    (
                        format!("缺少{}名称", name.0),
                        format!("the title is missing in {}", name.1),
                    ),
                    (
                        format!("请两种都写：{{ zh = \"…\", en = \"…\" }}；缺 `{language}`"),
                        format!("write both: {{ zh = \"…\", en = \"…\" }}; `{language}` is not there"),
                    ),
                );
            }
        }
        Some(title)
    }

    /// A string that says something.
    fn string(&mut self, value: &Spanned<DeValue<'_>>, wanted: (&str, &str)) -> Option<String> {
        let spot = self.spot(value.span());
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.notes.error(
                    spot,
                    "empty",
                    ("此处为空", "this is empty"),
                    (format!("请写{}", wanted.0), format!("write {}", wanted.1)),
                );
                None
            }
            DeValue::String(text) => Some(text.to_string()),
            other => self.wrong(spot, other, wanted),
        }
    }

    fn scalar(&mut self, value: &Spanned<DeValue<'_>>, wanted: (&str, &str)) -> Option<Scalar> {
        let spot = self.spot(value.span());
        let number = |text: &str| {
            Decimal::from_str_exact(text)
                .or_else(|_| Decimal::from_scientific(text))
                .ok()
        };
        let read = match value.get_ref() {
            DeValue::String(text) => Some(Scalar::Text(text.to_string())),
            DeValue::Boolean(flag) => Some(Scalar::Flag(*flag)),
            DeValue::Integer(whole) if whole.radix() == 10 => number(whole.as_str()).map(Scalar::Number),
            DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix())
                .ok()
                .map(|whole| Scalar::Number(whole.into())),
            DeValue::Float(float) => number(float.as_str()).map(Scalar::Number),
            other => return self.wrong(spot, other, wanted),
        };
        if read.is_none() {
            self.notes.error(
                spot,
                "number_too_long",
                ("此数无法精确保存", "this number cannot be held exactly"),
                ("请至多写 28 位", "write at most 28 digits"),
            );
        }
        read
    }

    fn check_name(&mut self, name: &str, spot: Spot) -> Option<()> {
        if is_name(name) {
            return Some(());
        }
        self.notes.error(
            spot,
            "not_a_name",
            (format!("`{name}` 不是名称"), format!("`{name}` is no name")),
            (
                "名称用小写字母、数字和下划线，以字母开头，至多 64 个字符",
                "names are snake_case: small letters, digits and underscores, a letter first, at most 64",
            ),
        );
        None
    }

    fn sound<T>(&mut self, spot: Spot, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.notes.fault(spot, fault)).ok()
    }

    fn wrong<T>(&mut self, spot: Spot, found: &DeValue<'_>, wanted: (&str, &str)) -> Option<T> {
        let found = match found {
            DeValue::Array(_) => ("列表", "a list"),
            DeValue::Table(_) => ("表", "a table"),
            DeValue::String(_) => ("文字", "a text"),
            DeValue::Integer(_) | DeValue::Float(_) => ("数", "a number"),
            DeValue::Boolean(_) => ("是否值", "a yes or no"),
            DeValue::Datetime(_) => ("未加引号的日期或时间", "a date or time without quotes"),
        };
        self.notes.error(
            spot,
            "does_not_belong",
            (
                format!("此处不应为{}", found.0),
                format!("{} does not belong here", found.1),
            ),
            (format!("请写{}", wanted.0), format!("write {}", wanted.1)),
        );
        None
    }
}

/// `a case`, `an outcome`.
fn called(shape: &Shape) -> String {
    let article = if shape.name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {}", shape.name.replace('_', " "))
}

/// What to add where a key is missing. What a key means is told in English, as in the schema.
fn missing(key: &Key) -> Both {
    let doc = key.doc.trim_end_matches('.');
    let en = match key.kind {
        Kind::Title => {
            let written = format!("`{} = {{ zh = \"…\", en = \"…\" }}`", key.name);
            return (format!("请添加 {written}"), format!("add {written}")).into();
        }
        _ => match doc.char_indices().nth(1) {
            Some((second, _)) => format!("add `{}`: {}{}", key.name, doc[..second].to_lowercase(), &doc[second..]),
            None => format!("add `{}`", key.name),
        },
    };
    (format!("请添加 `{}`", key.name), en).into()
}

/// The entries of a table in the order of the file.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<Entry<'a, 'i>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
