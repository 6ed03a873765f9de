//! Names, birthdays and phone numbers of people who do not exist.
//!
//! Surnames come as often as in China's household register (about 85 % of people bear one of these). Given names
//! follow the generation. Phone numbers begin with 12: China's numbering plan gives no mobile number a 2 there.

use chrono::{Days, NaiveDate};

use super::rng::Rng;

/// Surnames and how many of ten thousand people bear them.
const SURNAMES: [(&str, i64); 72] = [
    ("王", 726),
    ("李", 719),
    ("张", 683),
    ("刘", 517),
    ("陈", 453),
    ("杨", 307),
    ("黄", 221),
    ("赵", 207),
    ("吴", 200),
    ("周", 197),
    ("徐", 143),
    ("孙", 138),
    ("马", 128),
    ("朱", 126),
    ("胡", 117),
    ("郭", 115),
    ("何", 114),
    ("林", 113),
    ("高", 100),
    ("罗", 95),
    ("郑", 93),
    ("梁", 87),
    ("谢", 79),
    ("宋", 69),
    ("唐", 68),
    ("许", 67),
    ("韩", 65),
    ("邓", 62),
    ("冯", 60),
    ("曹", 59),
    ("彭", 58),
    ("曾", 57),
    ("肖", 56),
    ("田", 55),
    ("董", 54),
    ("潘", 52),
    ("袁", 51),
    ("蔡", 50),
    ("蒋", 49),
    ("余", 48),
    ("于", 47),
    ("杜", 46),
    ("叶", 45),
    ("程", 44),
    ("魏", 43),
    ("苏", 42),
    ("吕", 41),
    ("丁", 40),
    ("任", 39),
    ("卢", 38),
    ("姚", 37),
    ("沈", 36),
    ("钟", 35),
    ("姜", 34),
    ("崔", 33),
    ("谭", 32),
    ("陆", 31),
    ("范", 30),
    ("汪", 29),
    ("廖", 28),
    ("石", 27),
    ("金", 26),
    ("韦", 25),
    ("贾", 24),
    ("夏", 23),
    ("付", 22),
    ("方", 21),
    ("邹", 20),
    ("熊", 19),
    ("白", 18),
    ("欧阳", 7),
    ("上官", 1),
];

const WOMEN_OLD: &str = "桂英 秀兰 玉兰 秀珍 凤英 玉珍 淑珍 桂兰 秀芳 素珍 淑英 玉梅 春兰 秋菊 月娥 惠芬 美华 玉华 金凤 素芬 爱珍 兰英 秀云 翠英";
const MEN_OLD: &str = "建国 国强 志强 建华 德明 永福 玉林 明德 长林 志明 福生 文斌 国华 振华 保国 庆生 金山 家福 树林 永昌 学文 兆祥 光明 胜利";
const WOMEN_MID: &str = "丽 敏 静 艳 娟 红梅 丽华 晓红 海燕 雪梅 春燕 丽娟 晓燕 秀丽 玉洁 慧敏 丽萍 小红 文静 爱华 亚琴 冬梅 海霞 建英 丽君 晓玲 淑芬 燕萍";
const MEN_MID: &str = "伟 强 军 磊 勇 建军 志刚 海涛 晓东 文军 卫东 立新 永强 国栋 学军 少华 志勇 明辉 向东 建平 俊杰 海波 春雷 志伟 新民 宏伟 立军 小刚";
const WOMEN_YOUNG: &str = "婷婷 雨欣 思雨 佳怡 梦瑶 欣怡 诗涵 静怡 雪 倩 颖 晨曦 雅婷 子涵 紫萱 佳宁 梦洁 思琪 可欣 雨桐 晓雯 嘉慧 文馨 若曦 芷若 心怡 丹丹 玲玲";
const MEN_YOUNG: &str = "浩 鹏 宇 俊 浩然 子轩 宇航 子豪 俊熙 天宇 博文 浩宇 泽宇 一鸣 嘉豪 志远 文博 晨阳 家豪 明轩 睿 逸飞 思远 昊天 承泽 子墨 旭东 凯";

/// A full name as one of that generation would bear.
pub(super) fn name(rng: &mut Rng, female: bool, age: i64) -> String {
    let given = match (female, age) {
        (true, 60..) => WOMEN_OLD,
        (false, 60..) => MEN_OLD,
        (true, 38..) => WOMEN_MID,
        (false, 38..) => MEN_MID,
        (true, _) => WOMEN_YOUNG,
        (false, _) => MEN_YOUNG,
    };
    let given: Vec<&str> = given.split(' ').collect();
    format!("{}{}", rng.weighted(&SURNAMES), rng.pick(&given))
}

/// The surnames, each as often as it comes in a thousand people, for whoever draws names in the database.
pub(super) fn surnames() -> Vec<String> {
    let times = |weight: i64| usize::try_from(weight / 10 + 1).unwrap_or(1);
    SURNAMES
        .iter()
        .flat_map(|(name, n)| std::iter::repeat_n((*name).to_owned(), times(*n)))
        .collect()
}

/// The given names of every generation.
pub(super) fn given_names() -> Vec<String> {
    let all = [WOMEN_OLD, MEN_OLD, WOMEN_MID, MEN_MID, WOMEN_YOUNG, MEN_YOUNG];
    all.iter().flat_map(|names| names.split(' ')).map(str::to_owned).collect()
}

/// Ages of grown customers of a city bank, as youngest, oldest and weight.
const AGES: [((i64, i64), i64); 9] = [
    ((18, 24), 7),
    ((25, 29), 10),
    ((30, 34), 13),
    ((35, 39), 13),
    ((40, 45), 14),
    ((46, 54), 17),
    ((55, 64), 14),
    ((65, 79), 10),
    ((80, 92), 2),
];

/// An age in full years, and a birthday that gives it on `today`.
pub(super) fn birth(rng: &mut Rng, today: NaiveDate) -> (i64, NaiveDate) {
    let (youngest, oldest) = rng.weighted(&AGES);
    let age = rng.between(youngest, oldest);
    let months = chrono::Months::new(u32::try_from(12 * age).unwrap_or(360));
    let days = Days::new(rng.below(365).unsigned_abs());
    // Fewer than 365 days before that birthday: still the same number of full years, leap years or not.
    (
        age,
        today.checked_sub_months(months).and_then(|on| on.checked_sub_days(days)).unwrap_or(today),
    )
}

/// A number nobody has: 11 digits that begin with 12, each customer another.
pub(super) fn phone(index: u64) -> String {
    // 7,368,787 has no factor in common with a thousand million, so this visits every ending once.
    format!("12{:09}", (index * 7_368_787 + 20_000_381) % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::super::rng::Stream;
    use super::*;

    #[test]
    fn nobody_shares_a_phone_and_none_can_ring() {
        let mut phones: Vec<String> = (0..50_000).map(phone).collect();
        assert!(phones.iter().all(|p| p.len() == 11 && p.starts_with("12")));
        phones.sort();
        phones.dedup();
        assert_eq!(phones.len(), 50_000);
    }

    #[test]
    fn a_birthday_gives_its_age() {
        let today = super::super::story::as_of();
        for index in 0..5_000 {
            let (age, on) = birth(&mut Rng::new(3, Stream::Person, index), today);
            assert_eq!(today.years_since(on).map(i64::from), Some(age), "{on}");
        }
    }

    #[test]
    fn wang_li_zhang_come_first() {
        let mut rng = Rng::new(3, Stream::Person, 0);
        let names: Vec<String> = (0..10_000).map(|_| name(&mut rng, true, 40)).collect();
        let of = |surname: &str| names.iter().filter(|n| n.starts_with(surname)).count();
        assert!(of("王") > of("周") && of("周") > of("石"));
    }
}
