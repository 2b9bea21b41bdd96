//! Masking (脱敏): what is shown of personal values to whom they are not revealed.

use std::sync::LazyLock;

use regex::Regex;

/// Runs of this many digits or more are telephone and identity numbers: masked in what leaves the house, and never words
/// of the index.
pub const MASKED_DIGITS: usize = 7;

/// What stands in a published text for what was masked.
const MASK: &str = "***";

/// A text whose long runs of digits show only their first three.
pub fn masked(text: &str) -> String {
    let is_digit = |character: char| character.is_ascii_digit() || ('０'..='９').contains(&character);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_digit) {
        let (before, run) = rest.split_at(begin);
        let end = run.find(|character| !is_digit(character)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        out.push_str(before);
        let long = run.chars().count() >= MASKED_DIGITS;
        let mask = |(at, digit)| if long && at >= 3 { '*' } else { digit };
        out.extend(run.chars().enumerate().map(mask));
        rest = after;
    }
    out + rest
}

/// A name of which the first character alone is told: 张*.
pub fn masked_name(name: &str) -> String {
    name.chars().take(1).chain(['*']).collect()
}

/// A telephone number of which the beginning and the end are told: 138****1234; of a short one the beginning alone.
pub fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let told = |at: usize| at < 3 || digits.len() >= 11 && at + 4 >= digits.len();
    let mask = |(at, digit): (usize, &char)| if told(at) { *digit } else { '*' };
    digits.iter().enumerate().map(mask).collect()
}

/// What of a person a text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MaskedKind {
    /// What is known of the reporter: name, number or address, as it was told.
    Reporter,
    /// 身份证号.
    Identity,
    /// 电话.
    Phone,
    /// Another long number: of an account, a card, a contract.
    Number,
    /// 车牌.
    Plate,
    /// 门牌: building, unit, room.
    Door,
    /// 姓名, by surname and how somebody is called.
    Name,
}

impl MaskedKind {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reporter => "reporter",
            Self::Identity => "identity",
            Self::Phone => "phone",
            Self::Number => "number",
            Self::Plate => "plate",
            Self::Door => "door",
            Self::Name => "name",
        }
    }
}

/// Something that was masked in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// What it is.
    pub kind: MaskedKind,
    /// What stood there.
    pub was: String,
}

/// The rules, the strictest first: of two that overlap the earlier one masks.
static RULES: LazyLock<Vec<(MaskedKind, Regex)>> = LazyLock::new(|| {
    let digits = "0-9０-９";
    let numeral = "[0-9０-９一二三四五六七八九十百零〇两A-Za-z]";
    let surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔\
                    钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤祁冶鲜";
    let called =
        "先生|女士|小姐|师傅|老师|医生|大夫|经理|主任|书记|科长|队长|局长|同志|阿姨|大爷|大妈|大哥|大姐|某某|某";
    [
        (
            MaskedKind::Phone,
            "1[3-9][0-9][ -][0-9]{4}[ -]?[0-9]{4}|0[0-9]{2,3}[ -][0-9]{7,8}".to_owned(),
        ),
        (MaskedKind::Number, format!("[{digits}]{{{MASKED_DIGITS},}}[Xx]?")),
        (
            MaskedKind::Plate,
            "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][·• ]?[A-Za-z0-9]{5,6}".to_owned(),
        ),
        (
            MaskedKind::Door,
            format!("(?:{numeral}{{1,5}}(?:号楼|号院|栋|幢|座|单元|层|楼|室|户|号)[-－、 ]?)+(?:{numeral}{{1,5}}(?:室|户)?)?"),
        ),
        (
            MaskedKind::Name,
            format!("(?:姓名|名叫|叫做|本人)[:： ]?(?P<name>[{surnames}]\\p{{Han}}{{1,2}})|[{surnames}]\\p{{Han}}{{0,2}}?(?:{called})"),
        ),
    ]
    .into_iter()
    .map(|(kind, pattern)| (kind, Regex::new(&pattern).expect("the patterns are sound")))
    .collect()
});

/// A text in which whatever tells of people is masked by rule, and what was masked, in the order of the text. `known` is
/// what is known of its author. A rule knows no people: a clerk reads what comes of it before anybody else does.
pub fn redacted(text: &str, known: &[String]) -> (String, Vec<Masked>) {
    let mut found: Vec<(usize, usize, MaskedKind)> = Vec::new();
    let mut add = |from: usize, to: usize, kind| {
        if found.iter().all(|(begin, end, _)| to <= *begin || from >= *end) {
            found.push((from, to, kind));
        }
    };
    for value in known.iter().filter(|value| value.chars().count() >= 2) {
        for (at, _) in text.match_indices(value.as_str()) {
            add(at, at + value.len(), MaskedKind::Reporter);
        }
    }
    for (kind, rule) in RULES.iter() {
        for hit in rule.captures_iter(text) {
            let part = hit.name("name").or_else(|| hit.get(0));
            if let Some(part) = part.filter(|part| *kind != MaskedKind::Door || !is_no_door(part.as_str())) {
                let kind = match kind {
                    MaskedKind::Number => kind_of_number(part.as_str()),
                    other => *other,
                };
                add(part.start(), part.end(), kind);
            }
        }
    }
    found.sort_unstable();
    let (mut out, mut masked, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    for (from, to, kind) in found {
        out.push_str(&text[at..from]);
        out.push_str(MASK);
        at = to;
        masked.push(Masked {
            kind,
            was: text[from..to].to_owned(),
        });
    }
    out.push_str(&text[at..]);
    (out, masked)
}

/// Whether words that look like a door are none: one storey or some households alone (一户一表, 二楼, 两层, 三十户), which tell
/// of nobody. Doors are written in figures, or name more than one of building, unit and room.
fn is_no_door(words: &str) -> bool {
    let is_numeral = |character| "一二三四五六七八九十百两".contains(character);
    // The rule takes one more numeral along: 一户一.
    let words = words.strip_suffix(is_numeral).unwrap_or(words);
    let counted = words.trim_end_matches(['户', '层', '楼']);
    counted.len() < words.len() && counted.chars().count() <= 3 && counted.chars().all(is_numeral)
}

/// A masked title that does not begin with what was masked: nobody finds a case by `***`. One that says nothing else stays.
pub fn begun_after_mask((title, masked): (String, Vec<Masked>)) -> (String, Vec<Masked>) {
    let is_joint = |character: char| character.is_whitespace() || "：:，,、。；;-—".contains(character);
    let mut rest = title.as_str();
    let mut left_out = 0;
    while let Some(after) = rest.strip_prefix(MASK) {
        rest = after.trim_start_matches(is_joint);
        left_out += 1;
    }
    if rest.chars().count() < 2 {
        return (title, masked);
    }
    (rest.to_owned(), masked.into_iter().skip(left_out).collect())
}

/// What a long run of digits is, by its length and beginning.
fn kind_of_number(number: &str) -> MaskedKind {
    match number.chars().count() {
        15 | 18 => MaskedKind::Identity,
        11 if number.starts_with(['1', '１']) => MaskedKind::Phone,
        _ => MaskedKind::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_do_not_leave_the_house() {
        assert_eq!(
            masked("电话13800001234，3号楼2单元501室"),
            "电话138********，3号楼2单元501室"
        );
        assert_eq!(masked("1234567"), "123****");
        assert_eq!(masked("123456"), "123456");
        assert_eq!(masked("电话１３８0000１２３４"), "电话１３８********");
        assert_eq!(masked("12 3456 7890123"), "12 3456 789****");
        assert_eq!(masked(""), "");
    }

    #[test]
    fn a_person_is_recognised_and_not_told() {
        assert_eq!(masked_name("张三丰"), "张*");
        assert_eq!(masked_name(""), "*");
        assert_eq!(masked_phone("138-0000 1234"), "138****1234");
        assert_eq!(masked_phone("6123456"), "612****");
        assert_eq!(masked_phone("110"), "110");
    }

    #[test]
    fn what_tells_of_people_is_masked_and_named() {
        let known = ["欧阳小七".to_owned()];
        for (text, shown, kinds) in [
            ("请联系欧阳小七", "请联系***", vec![MaskedKind::Reporter]),
            (
                "我叫做张三，请回电138-0000-1234",
                "我叫做***，请回电***",
                vec![MaskedKind::Name, MaskedKind::Phone],
            ),
            ("物业王经理不管", "物业***不管", vec![MaskedKind::Name]),
            ("证号11010519491231002X。", "证号***。", vec![MaskedKind::Identity]),
            ("座机0971-6123456", "座机***", vec![MaskedKind::Phone]),
            ("卡号6222021234567890123", "卡号***", vec![MaskedKind::Number]),
            ("来电13800001234", "来电***", vec![MaskedKind::Phone]),
            ("车牌青A12345占道", "车牌***占道", vec![MaskedKind::Plate]),
            ("柳园小区3号楼2单元501室漏水", "柳园小区***漏水", vec![MaskedKind::Door]),
            ("人民路12号门前", "人民路***门前", vec![MaskedKind::Door]),
            ("井盖破损三天了", "井盖破损三天了", vec![]),
            ("自来水一户一表改造", "自来水一户一表改造", vec![]),
            (
                "窗台落了一层灰，二楼也有，三十户都这样",
                "窗台落了一层灰，二楼也有，三十户都这样",
                vec![],
            ),
            (
                "就在三单元二楼，102户",
                "就在***，***",
                vec![MaskedKind::Door, MaskedKind::Door],
            ),
        ] {
            let (out, masked) = redacted(text, &known);
            assert_eq!(
                masked.iter().map(|masked| masked.kind).collect::<Vec<_>>(),
                kinds,
                "{text}"
            );
            assert_eq!(out, shown);
            // What was masked, put back, is the text.
            let whole = masked
                .iter()
                .fold(out, |out, masked| out.replacen("***", &masked.was, 1));
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn a_title_begins_after_a_name() {
        let begun = |title: &str, known: &[&str]| {
            let known: Vec<String> = known.iter().map(|known| (*known).to_owned()).collect();
            let (title, masked) = begun_after_mask(redacted(title, &known));
            (title, masked.len())
        };
        assert_eq!(
            begun("张女士反映床位紧张、转诊", &[]),
            ("反映床位紧张、转诊".to_owned(), 0)
        );
        assert_eq!(
            begun("欧阳小七：张女士，路灯不亮", &["欧阳小七"]),
            ("路灯不亮".to_owned(), 0)
        );
        assert_eq!(begun("物业王经理不管", &[]), ("物业***不管".to_owned(), 1));
        assert_eq!(begun("13800001234", &[]), ("***".to_owned(), 1), "nothing else is said");
    }
}
