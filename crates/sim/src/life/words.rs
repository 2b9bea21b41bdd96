//! What people say: texts by matter, put together to the length that people write.

use std::collections::BTreeMap;

use quanyu_domain::directory::Matters;

use super::LifeError;
use super::file::{LengthTable, NotesTable, PackFile};
use super::stream::check_matter;
use crate::dice::Dice;
use crate::text::{Fragments, Scene, Template};

/// All words.
#[derive(Debug)]
pub(crate) struct Words {
    pub fragments: Fragments,
    groups: Vec<Group>,
}

/// Words about some matters.
#[derive(Debug)]
struct Group {
    matters: Vec<String>,
    demands: Vec<String>,
    months: Vec<u8>,
    forms: Vec<Template>,
    details: Vec<Template>,
    replies: Vec<Template>,
}

/// What is talked about: it decides which words fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// Code of the matter.
    pub matter: &'a str,
    /// Demand type.
    pub demand: &'a str,
    /// Month, 1 to 12.
    pub month: i8,
}

impl Words {
    pub fn read(packs: &[(String, PackFile)]) -> Result<Self, LifeError> {
        let mut lists = BTreeMap::new();
        for (path, pack) in packs {
            for (name, texts) in &pack.fragments {
                if lists.insert(name.clone(), texts.clone()).is_some() {
                    return Err(LifeError::new(
                        path,
                        format!("another life.toml has the fragments `{name}` too"),
                    ));
                }
            }
        }
        let fragments = Fragments::read(&lists).map_err(|what| LifeError::new("life.toml [fragments]", what))?;
        let mut groups = Vec::new();
        for (path, pack) in packs {
            for text in &pack.text {
                let read = |texts: &[String]| fragments.templates(texts).map_err(|what| LifeError::new(path, what));
                if text.forms.is_empty() && text.replies.is_empty() {
                    return Err(LifeError::new(
                        path,
                        format!("the text of {:?} has neither forms nor replies", text.matters),
                    ));
                }
                groups.push(Group {
                    matters: text.matters.clone(),
                    demands: text.demands.clone(),
                    months: text.months.clone(),
                    forms: read(&text.forms)?,
                    details: read(&text.details)?,
                    replies: read(&text.replies)?,
                });
            }
        }
        Ok(Self { fragments, groups })
    }

    pub fn check(&self, matters: &Matters) -> Result<(), String> {
        self.groups
            .iter()
            .flat_map(|group| &group.matters)
            .try_for_each(|code| check_matter(code, matters))?;
        let for_everything =
            |group: &Group| group.matters.is_empty() && group.demands.is_empty() && group.months.is_empty();
        if self
            .groups
            .iter()
            .any(|group| for_everything(group) && !group.forms.is_empty())
        {
            return Ok(());
        }
        Err("no `[[text]]` is for everything: add one with `matters = []`".into())
    }

    /// The words that fit best of those that have what is wanted: those of the nearest matter, within it those meant for
    /// the demand type, within them those meant for the season.
    fn fitting<'a>(&'a self, subject: Subject<'a>, wanted: fn(&Group) -> bool) -> Vec<&'a Group> {
        let mut best: (usize, bool, bool) = (0, false, false);
        let mut found: Vec<&Group> = Vec::new();
        for group in self.groups.iter().filter(|group| wanted(group)) {
            let held = group
                .matters
                .iter()
                .filter(|code| subject.matter.starts_with(code.as_str()));
            let depth = match held.map(String::len).max() {
                Some(depth) => depth,
                None if group.matters.is_empty() => 0,
                None => continue,
            };
            let own = group.demands.iter().any(|demand| demand == subject.demand);
            let season = group
                .months
                .iter()
                .any(|month| i16::from(*month) == i16::from(subject.month));
            if !season && !group.months.is_empty() || !own && !group.demands.is_empty() {
                continue;
            }
            let nearness = (depth, own, season);
            if found.is_empty() || nearness > best {
                best = nearness;
                found.clear();
            }
            if nearness == best {
                found.push(group);
            }
        }
        found
    }

    /// What somebody tells, as long as `length` asks.
    pub fn tell(&self, subject: Subject<'_>, scene: &Scene, length: LengthTable, dice: &mut Dice) -> String {
        let wanted = (dice.log_normal(length.median, length.spread) as usize).min(length.most);
        let groups = self.fitting(subject, |group| !group.forms.is_empty());
        let Some(group) = dice.pick(&groups) else {
            return scene.matter.clone();
        };
        let mut text = dice
            .pick(&group.forms)
            .map(|form| self.fragments.fill(form, scene, dice))
            .unwrap_or_default();
        // Nobody says the same sentence twice: the sentences are dealt like cards, first those about the matter.
        let everyday = self
            .groups
            .iter()
            .filter(|other| other.matters.is_empty() && other.demands.is_empty());
        let everyday: Vec<&Template> = everyday.flat_map(|other| &other.details).collect();
        let mut cards: Vec<&Template> = deal(group.details.iter().collect(), dice);
        cards.extend(deal(everyday, dice));
        let mut size = text.chars().count();
        for card in cards {
            if size >= wanted {
                break;
            }
            let sentence = self.fragments.fill(card, scene, dice);
            size += sentence.chars().count();
            text.push_str(&sentence);
        }
        text.chars().take(length.most).collect()
    }

    /// A reply in the words of the matter, where it has any.
    pub fn reply(&self, subject: Subject<'_>, scene: &Scene, dice: &mut Dice) -> Option<String> {
        let groups = self.fitting(subject, |group| !group.replies.is_empty());
        let with: Vec<&Template> = groups.iter().flat_map(|group| &group.replies).collect();
        dice.pick(&with).map(|reply| self.fragments.fill(reply, scene, dice))
    }

    /// One of several texts, filled.
    pub fn say(&self, texts: &[Template], scene: &Scene, dice: &mut Dice) -> String {
        dice.pick(texts)
            .map(|text| self.fragments.fill(text, scene, dice))
            .unwrap_or_default()
    }
}

/// Shuffles (Fisher and Yates).
fn deal<'a>(mut cards: Vec<&'a Template>, dice: &mut Dice) -> Vec<&'a Template> {
    for last in (1..cards.len()).rev() {
        cards.swap(last, dice.below(last + 1));
    }
    cards
}

/// The words of staff and reporters, checked.
#[derive(Debug)]
pub(crate) struct Notes {
    pub dispatch: Vec<Template>,
    pub reject: Vec<Template>,
    pub contact: Vec<Template>,
    pub solved: Vec<Template>,
    pub not_solved: Vec<Template>,
    pub assisted: Vec<Template>,
    pub rework: Vec<Template>,
    pub reopen: Vec<Template>,
    pub urge: Vec<Template>,
    pub granted: Vec<Template>,
    pub refused: Vec<Template>,
    pub again: Vec<Template>,
    pub names: Vec<Template>,
    pub called: Vec<Template>,
    spots: BTreeMap<String, Vec<Template>>,
}

/// The kind of place whose words hold for kinds that have none.
const ANY_PLACE: &str = "place";

impl Notes {
    pub fn read(table: &NotesTable, fragments: &Fragments) -> Result<Self, String> {
        let read = |texts: &[String], name: &str| match fragments.templates(texts) {
            Ok(read) if read.is_empty() => Err(format!("`words.{name}` is empty")),
            read => read,
        };
        let spots = table
            .spots
            .iter()
            .map(|(kind, texts)| Ok((kind.clone(), read(texts, "spots")?)));
        let spots: BTreeMap<String, Vec<Template>> = spots.collect::<Result<_, String>>()?;
        if !spots.contains_key(ANY_PLACE) {
            return Err(format!("`words.spots` has nothing for `{ANY_PLACE}`"));
        }
        Ok(Self {
            spots,
            dispatch: read(&table.dispatch, "dispatch")?,
            reject: read(&table.reject, "reject")?,
            contact: read(&table.contact, "contact")?,
            solved: read(&table.solved, "solved")?,
            not_solved: read(&table.not_solved, "not_solved")?,
            assisted: read(&table.assisted, "assisted")?,
            rework: read(&table.rework, "rework")?,
            reopen: read(&table.reopen, "reopen")?,
            urge: read(&table.urge, "urge")?,
            granted: read(&table.granted, "granted")?,
            refused: read(&table.refused, "refused")?,
            again: read(&table.again, "again")?,
            names: read(&table.names, "names")?,
            called: read(&table.called, "called")?,
        })
    }

    /// How a place of a kind is told.
    pub fn spots(&self, kind: &str) -> &[Template] {
        self.spots
            .get(kind)
            .or_else(|| self.spots.get(ANY_PLACE))
            .map_or(&[], Vec::as_slice)
    }
}
