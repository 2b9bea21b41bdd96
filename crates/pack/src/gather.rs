//! Finds the packs among the sources, reads their files, and knows who declares which name.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::text::Title;

use crate::both::Both;
use crate::finding::{Notes, Spot};
use crate::language::{PACK_FILE, acts};
use crate::names::instead;
use crate::read::read_file;
use crate::record::{Located, Record, Value, Word};
use crate::setting::Setting;
use crate::shape::{Kind, Noun, ParameterType};
use crate::sources::{Sources, content_hash};

/// The file that makes a folder a pack.
const PACK_TOML: &str = "pack.toml";
/// Files of a pack that other readers read: how a simulated district lives is not part of the rules.
const READ_ELSEWHERE: [&str; 1] = ["life.toml"];

/// A pack as it was read.
pub(crate) struct Pack {
    pub name: String,
    pub title: Title,
    pub hash: String,
    pub folder: String,
    /// Positions of the packs that it needs, directly or through others, and its own.
    pub sees: BTreeSet<usize>,
    files: Vec<Record>,
    needs: Vec<Word>,
    spot: Spot,
}

impl Pack {
    /// What it declares in a section, in the order of its files.
    pub fn section<'a>(&'a self, section: &'static str) -> impl Iterator<Item = &'a (Word, Record)> {
        self.files.iter().flat_map(move |file| file.named(section))
    }
}

/// Who declares a name, and where.
#[derive(Debug, Clone, Copy)]
struct Declaration {
    pack: usize,
    spot: Spot,
    /// The type, of a parameter.
    of: Option<ParameterType>,
}

/// All packs of the sources, in the order in which they build on one another, and the names that they declare.
pub(crate) struct Packs {
    pub all: Vec<Pack>,
    /// Whether every file was TOML. If not, names may be missing that are declared, and nothing more can be said.
    pub whole: bool,
    names: BTreeMap<(Noun, String), Declaration>,
}

impl Packs {
    /// Reads every pack. Names that two packs claim, needs that nobody meets or that go in circles are noted.
    pub fn read(sources: &Sources, notes: &mut Notes<'_>) -> Self {
        let mut whole = true;
        let mut all: Vec<Pack> = sources
            .folders_with(PACK_TOML)
            .filter_map(|folder| read_pack(sources, folder, notes, &mut whole))
            .collect();
        order(&mut all, notes);
        let mut packs = Self {
            whole,
            all,
            names: BTreeMap::new(),
        };
        packs.collect_names(notes);
        if whole {
            for pack in &packs.all {
                pack.files.iter().for_each(|file| packs.check(file, &pack.sees, notes));
            }
        }
        packs
    }

    /// The position of a pack.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|pack| pack.name == name)
    }

    /// The names of a kind that these packs declare.
    pub fn names(&self, noun: Noun, seen: &BTreeSet<usize>) -> Vec<&str> {
        self.names
            .iter()
            .filter(|((of, _), declaration)| *of == noun && seen.contains(&declaration.pack))
            .map(|((_, name), _)| name.as_str())
            .collect()
    }

    /// Every name that packs declare, also below others (states, steps, clocks), with the place where they do.
    pub fn declared(&self) -> Vec<(Noun, Word)> {
        let mut found = Vec::new();
        for pack in &self.all {
            for (section, noun) in Noun::SECTIONS {
                // The kinds of request are the program's own words.
                for (name, record) in pack.section(section).filter(|_| noun != Noun::Request) {
                    found.push((noun, name.clone()));
                    let (list, below) = match noun {
                        Noun::Case => ("clock", Noun::Clock),
                        Noun::Workflow => ("step", Noun::Step),
                        Noun::Ladder => ("step", Noun::LadderStep),
                        _ => continue,
                    };
                    let items = record.records(list).iter().filter_map(|item| item.word("name"));
                    found.extend(
                        items
                            .filter(|name| below != Noun::Step || !acts().contains(&name.text.as_str()))
                            .map(|name| (below, name)),
                    );
                    if noun == Noun::Workflow {
                        found.extend(
                            record
                                .named("state")
                                .iter()
                                .map(|(name, _)| (Noun::State, name.clone())),
                        );
                    }
                }
            }
        }
        found
    }

    /// Checks every name and parameter that a table refers to, for somebody who sees these packs.
    pub fn check(&self, record: &Record, seen: &BTreeSet<usize>, notes: &mut Notes<'_>) {
        for (kind, located) in record.entries() {
            self.check_value(kind, located, seen, notes);
        }
    }

    fn check_value(&self, kind: Kind, located: &Located, seen: &BTreeSet<usize>, notes: &mut Notes<'_>) {
        match (kind, &located.value) {
            (Kind::NameOr(_, word), Value::Word(text)) if text == word => {}
            (Kind::NameOr(noun, word), Value::Word(text)) => {
                self.check_name_or(noun, text, &[word], located.spot, seen, notes);
            }
            (Kind::Name(noun), Value::Word(text)) => self.check_name(noun, text, located.spot, seen, notes),
            (Kind::Setting(wanted), Value::Setting(setting)) => {
                self.check_setting(wanted, setting, located.spot, seen, notes);
            }
            (Kind::Moment, Value::Moment(moment)) => {
                if let Some(setting) = moment.setting() {
                    self.check_setting(ParameterType::Duration, setting, located.spot, seen, notes);
                }
            }
            (Kind::List(item), Value::List(items)) => {
                items
                    .iter()
                    .for_each(|located| self.check_value(*item, located, seen, notes));
            }
            (_, Value::Record(record)) => self.check(record, seen, notes),
            (_, Value::Records(records)) => records.iter().for_each(|record| self.check(record, seen, notes)),
            (_, Value::Named(named)) => named.iter().for_each(|(_, record)| self.check(record, seen, notes)),
            _ => {}
        }
    }

    /// Checks that a name is declared by a pack that is seen.
    pub fn check_name(&self, noun: Noun, name: &str, spot: Spot, seen: &BTreeSet<usize>, notes: &mut Notes<'_>) {
        self.check_name_or(noun, name, &[], spot, seen, notes);
    }

    fn check_name_or(
        &self,
        noun: Noun,
        name: &str,
        others: &[&str],
        spot: Spot,
        seen: &BTreeSet<usize>,
        notes: &mut Notes<'_>,
    ) {
        if noun == Noun::Pack {
            if self.position(name).is_none() {
                let advice = instead(name, self.all.iter().map(|pack| pack.name.as_str()));
                notes.error(
                    spot,
                    "unknown_pack",
                    (format!("没有规则包 `{name}`"), format!("there is no pack `{name}`")),
                    advice,
                );
            }
            return;
        }
        match self.names.get(&(noun, name.to_owned())) {
            None => {
                let advice = instead(name, self.names(noun, seen).into_iter().chain(others.iter().copied()));
                notes.error(
                    spot,
                    "unknown_name",
                    (
                        format!("没有规则包声明{} `{name}`", noun.zh()),
                        format!("no pack declares the {noun} `{name}`"),
                    ),
                    advice,
                );
            }
            Some(declaration) if !seen.contains(&declaration.pack) => {
                let pack = &self.all[declaration.pack].name;
                notes.error(
                    spot,
                    "pack_not_needed",
                    (
                        format!("{} `{name}` 由规则包 `{pack}` 声明，而此处没有引用它", noun.zh()),
                        format!("the {noun} `{name}` is declared by the pack `{pack}`, which is not needed here"),
                    ),
                    (
                        format!("请在 `needs` 中添加 \"{pack}\""),
                        format!("add \"{pack}\" to `needs`"),
                    ),
                );
            }
            Some(_) => {}
        }
    }

    fn check_setting(
        &self,
        wanted: ParameterType,
        setting: &Setting,
        spot: Spot,
        seen: &BTreeSet<usize>,
        notes: &mut Notes<'_>,
    ) {
        let Setting::Parameter(name) = setting else { return };
        self.check_name(Noun::Parameter, name, spot, seen, notes);
        let declared = self
            .names
            .get(&(Noun::Parameter, name.clone()))
            .and_then(|declaration| declaration.of);
        if let Some(found) = declared.filter(|found| *found != wanted) {
            notes.error(
                spot,
                "parameter_of_other_type",
                (
                    format!("参数 `{name}` 的类型是{}（{}）", found.zh(), found.name()),
                    format!("the parameter `{name}` is of type {}", found.name()),
                ),
                (
                    format!("此处应为{}：请换一个参数，或直接写值", wanted.zh()),
                    format!(
                        "a {} belongs here: name another parameter, or write the value",
                        wanted.name()
                    ),
                ),
            );
        }
    }

    fn collect_names(&mut self, notes: &mut Notes<'_>) {
        for (position, pack) in self.all.iter().enumerate() {
            for (section, noun) in Noun::SECTIONS {
                for (name, record) in pack.section(section) {
                    let of = match noun {
                        Noun::Parameter => ParameterType::by_name(&record.text("type")),
                        _ => None,
                    };
                    let declaration = Declaration {
                        pack: position,
                        spot: name.spot,
                        of,
                    };
                    let key = (noun, name.text.clone());
                    if let Some(first) = self.names.get(&key) {
                        let other = &self.all[first.pack].name;
                        let owner: Both = if first.pack == position {
                            ("本规则包", "this pack").into()
                        } else {
                            (format!("规则包 `{other}` "), format!("the pack `{other}`")).into()
                        };
                        notes.error(
                            name.spot,
                            "declared_twice",
                            (
                                format!("{} `{}` 重复声明：{}也有", noun.zh(), name.text, owner.zh),
                                format!("the {noun} `{}` is declared twice: {} has it too", name.text, owner.en),
                            ),
                            (
                                format!("请换一个名称，另一处在 {}", notes.line_of(first.spot)),
                                format!("choose another name; the other stands at {}", notes.line_of(first.spot)),
                            ),
                        );
                    } else {
                        self.names.insert(key, declaration);
                    }
                }
            }
        }
    }
}

fn read_pack(sources: &Sources, folder: &str, notes: &mut Notes<'_>, whole: &mut bool) -> Option<Pack> {
    let texts: Vec<(&str, &str)> = sources
        .in_folder(folder)
        .filter(|(name, _)| name.ends_with(".toml") && !READ_ELSEWHERE.contains(name))
        .collect();
    let folder_name = folder.rsplit('/').next().unwrap_or(folder);
    let mut head: Option<(String, Title, Vec<Word>, Spot)> = None;
    let mut files = Vec::new();
    for (file_name, _) in &texts {
        let file = notes.file(&format!("{folder}/{file_name}"));
        let Some(record) = read_file(notes, file, &PACK_FILE) else {
            *whole = false;
            continue;
        };
        let start = Spot { file, start: 0, end: 0 };
        match record.record("pack") {
            Some(pack) if *file_name == PACK_TOML => {
                let name = pack.text("name");
                if !name.is_empty() && name != folder_name {
                    notes.error(
                        pack.spot_of("name"),
                        "pack_of_other_name",
                        (
                            format!("规则包名为 `{name}`，文件夹却名为 `{folder_name}`"),
                            format!("the pack is called `{name}`, its folder `{folder_name}`"),
                        ),
                        ("请使两者同名", "give both the same name"),
                    );
                }
                head = Some((name, pack.title("title"), pack.words("needs"), pack.spot_of("needs")));
            }
            Some(pack) => notes.error(
                pack.spot,
                "head_elsewhere",
                (
                    "`[pack]` 只能写在 pack.toml 中",
                    "`[pack]` stands in pack.toml and nowhere else",
                ),
                ("请在此处删去", "remove it here"),
            ),
            None if *file_name == PACK_TOML && record.get("pack").is_none() => {
                notes.error(
                    start,
                    "no_head",
                    (
                        "pack.toml 没有说明是什么规则包",
                        "pack.toml does not say what the pack is",
                    ),
                    ("请以 `[pack]` 开头", "begin it with `[pack]`"),
                );
            }
            None => {}
        }
        files.push(record);
    }
    let (_, title, needs, spot) = head?;
    // The folder's name is the one that other packs can mean; a different one inside has been noted.
    let name = folder_name.to_owned();
    Some(Pack {
        name,
        title,
        hash: content_hash(texts),
        folder: folder.to_owned(),
        sees: BTreeSet::new(),
        files,
        needs,
        spot,
    })
}

/// Puts the packs in the order in which they build on one another, and finds out what each sees.
fn order(all: &mut Vec<Pack>, notes: &mut Notes<'_>) {
    let positions: BTreeMap<String, usize> = all
        .iter()
        .enumerate()
        .map(|(position, pack)| (pack.name.clone(), position))
        .collect();
    let needs: Vec<Vec<usize>> = all
        .iter()
        .map(|pack| {
            pack.needs
                .iter()
                .filter_map(|need| positions.get(&need.text).copied())
                .collect()
        })
        .collect();
    let mut placed: Vec<usize> = Vec::new();
    while placed.len() < all.len() {
        let free = (0..all.len())
            .find(|position| !placed.contains(position) && needs[*position].iter().all(|need| placed.contains(need)));
        let next = free.unwrap_or_else(|| {
            // Everything that is left waits for something in a circle; it is told once, and the circle is cut.
            let circle = circle(&needs, &placed);
            let names: Vec<&str> = circle
                .iter()
                .chain(&circle[..1])
                .map(|at| all[*at].name.as_str())
                .collect();
            notes.error(
                all[circle[0]].spot,
                "circle",
                (
                    format!("规则包循环引用：{}", names.join(" → ")),
                    format!("the packs need one another in a circle: {}", names.join(" → ")),
                ),
                (
                    "请把共用的内容移到两者都引用的规则包中",
                    "move what both use into a pack that both need",
                ),
            );
            circle[0]
        });
        placed.push(next);
    }
    let rank: BTreeMap<usize, usize> = placed
        .iter()
        .enumerate()
        .map(|(rank, position)| (*position, rank))
        .collect();
    let mut sees: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); all.len()];
    for position in &placed {
        let mut seen = BTreeSet::from([rank[position]]);
        for need in &needs[*position] {
            seen.insert(rank[need]);
            seen.extend(&sees[rank[need]]);
        }
        sees[rank[position]] = seen;
    }
    let mut ordered: Vec<(usize, Pack)> = std::mem::take(all)
        .into_iter()
        .enumerate()
        .map(|(position, pack)| (rank[&position], pack))
        .collect();
    ordered.sort_by_key(|(rank, _)| *rank);
    *all = ordered
        .into_iter()
        .zip(sees)
        .map(|((_, pack), sees)| Pack { sees, ..pack })
        .collect();
}

/// Some circle among the packs that are not placed: each of them needs another that is not placed, so following the
/// needs must come back to where it has been.
fn circle(needs: &[Vec<usize>], placed: &[usize]) -> Vec<usize> {
    let mut path: Vec<usize> = Vec::new();
    let mut at = (0..needs.len())
        .find(|position| !placed.contains(position))
        .unwrap_or_default();
    while !path.contains(&at) {
        path.push(at);
        match needs[at].iter().find(|need| !placed.contains(need)) {
            Some(next) => at = *next,
            None => return vec![at],
        }
    }
    path.split_off(path.iter().position(|seen| *seen == at).unwrap_or_default())
}
