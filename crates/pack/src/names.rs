//! Names: how they are written, and which one was probably meant.

use crate::both::Both;

/// The longest name, in characters.
pub(crate) const MAX_NAME: usize = 64;

/// Whether it is a snake_case name: small letters, digits and underscores, beginning with a letter.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// What to write instead of an unknown name: the nearest one, or the whole list while it is short.
pub(crate) fn instead<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Both {
    const SHORT: usize = 16;
    // Comparing with every one of 100,000 codes would take longer than anybody waits for advice.
    const MANY: usize = 10_000;
    let mut known: Vec<&str> = known.into_iter().filter(|name| !name.is_empty()).collect();
    known.sort_unstable();
    known.dedup();
    if known.len() <= MANY
        && let Some(near) = nearest(wrong, &known)
    {
        return (format!("是否为 `{near}`？"), format!("did you mean `{near}`?")).into();
    }
    match known.len() {
        0 => ("没有可选的", "there is none to choose from").into(),
        1..=SHORT => (
            format!("请从中选择：{}", known.join("、")),
            format!("write one of {}", known.join(", ")),
        )
            .into(),
        many => {
            let (shown, others) = (&known[..SHORT], many - SHORT);
            (
                format!("请从中选择：{}，另有 {others} 个", shown.join("、")),
                format!("write one of {} and {others} others", shown.join(", ")),
            )
                .into()
        }
    }
}

fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let slips = wrong.chars().count().clamp(3, 12) / 3;
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .filter(|(distance, name)| {
            *distance <= slips || (wrong.len() >= 4 && (name.starts_with(wrong) || wrong.starts_with(name)))
        })
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case() {
        for good in ["a", "kite_2", "long_name"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "2a", "_a", "Kite", "kite-2", "风筝", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let known = ["title", "workflow", "clock"];
        assert_eq!(instead("titel", known).zh, "是否为 `title`？");
        assert_eq!(instead("titel", known).en, "did you mean `title`?");
        assert_eq!(instead("workflows", known).en, "did you mean `workflow`?");
        assert_eq!(instead("colour", known).en, "write one of clock, title, workflow");
        assert_eq!(instead("colour", []).en, "there is none to choose from");
    }
}
