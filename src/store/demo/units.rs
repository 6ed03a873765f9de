//! The bank's units and its relationship managers.

use super::people;
use super::rng::{Rng, Stream};

/// The head office's code.
pub const HEAD_OFFICE: &str = "HQ";
/// The bank's name.
pub const BANK: &str = "江海银行";

/// A branch: its code, its name, what its AUM did in the last month in ppm (Nancheng's is the story's), and its
/// sub-branches as name, size class and district.
pub(super) struct Branch {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) last_month_ppm: i64,
    pub(super) subs: &'static [(&'static str, char, &'static str)],
}

/// The eight branches; a sub-branch's code is its branch's and two digits, counted from 1.
pub(super) const BRANCHES: [Branch; 8] = [
    Branch {
        code: "B01",
        name: "城中分行",
        last_month_ppm: 2_400,
        subs: &[
            ("城中分行营业部", 'A', "城中区"),
            ("鼓楼支行", 'A', "城中区"),
            ("解放路支行", 'B', "城中区"),
            ("人民广场支行", 'A', "城中区"),
            ("文庙支行", 'C', "城中区"),
            ("建设街支行", 'B', "城中区"),
            ("和平桥支行", 'C', "城中区"),
            ("钟楼支行", 'B', "城中区"),
        ],
    },
    Branch {
        code: "B02",
        name: "北城分行",
        last_month_ppm: 1_500,
        subs: &[
            ("北城分行营业部", 'A', "北城区"),
            ("北站支行", 'B', "北城区"),
            ("钢城支行", 'B', "北城区"),
            ("凤凰山支行", 'C', "北城区"),
            ("柳营支行", 'C', "北城区"),
            ("纺织路支行", 'B', "北城区"),
            ("青年路支行", 'B', "北城区"),
        ],
    },
    Branch {
        code: "B03",
        name: "南城分行",
        last_month_ppm: super::story::BRANCH_CHANGE_PPM,
        subs: &[
            ("南城一支行", 'A', "南城区"),
            ("新港支行", 'A', "南城区"),
            ("南城分行营业部", 'A', "南城区"),
            ("科技园支行", 'A', "南城区"),
            ("望江支行", 'B', "南城区"),
            ("锦绣支行", 'B', "南城区"),
            ("大学城支行", 'B', "南城区"),
            ("南山支行", 'C', "南城区"),
            ("渡口支行", 'C', "南城区"),
        ],
    },
    Branch {
        code: "B04",
        name: "东湖分行",
        last_month_ppm: -900,
        subs: &[
            ("东湖分行营业部", 'A', "东湖区"),
            ("湖滨支行", 'A', "东湖区"),
            ("梅园支行", 'B', "东湖区"),
            ("东站支行", 'B', "东湖区"),
            ("水果湖支行", 'C', "东湖区"),
            ("白鹭洲支行", 'B', "东湖区"),
            ("沙湖支行", 'C', "东湖区"),
            ("东亭支行", 'B', "东湖区"),
        ],
    },
    Branch {
        code: "B05",
        name: "西江分行",
        last_month_ppm: 1_900,
        subs: &[
            ("西江分行营业部", 'A', "西江区"),
            ("西关支行", 'B', "西江区"),
            ("荔湾支行", 'B', "西江区"),
            ("陶瓷城支行", 'C', "西江区"),
            ("竹溪支行", 'C', "西江区"),
            ("江畔支行", 'B', "西江区"),
            ("迎宾路支行", 'B', "西江区"),
        ],
    },
    Branch {
        code: "B06",
        name: "滨海分行",
        last_month_ppm: 700,
        subs: &[
            ("滨海分行营业部", 'A', "滨海新区"),
            ("保税区支行", 'B', "滨海新区"),
            ("渔港支行", 'C', "滨海新区"),
            ("海天支行", 'B', "滨海新区"),
            ("临港支行", 'B', "滨海新区"),
            ("盐田支行", 'C', "滨海新区"),
            ("观海路支行", 'B', "滨海新区"),
        ],
    },
    Branch {
        code: "B07",
        name: "高新分行",
        last_month_ppm: -1_800,
        subs: &[
            ("高新分行营业部", 'A', "高新区"),
            ("软件园支行", 'A', "高新区"),
            ("光谷支行", 'A', "高新区"),
            ("创业大街支行", 'B', "高新区"),
            ("云谷支行", 'B', "高新区"),
            ("未来城支行", 'B', "高新区"),
            ("生物城支行", 'C', "高新区"),
        ],
    },
    Branch {
        code: "B08",
        name: "临江分行",
        last_month_ppm: 2_700,
        subs: &[
            ("临江分行营业部", 'A', "临江县"),
            ("县城支行", 'B', "临江县"),
            ("新桥支行", 'C', "临江县"),
            ("古镇支行", 'C', "临江县"),
            ("茶山支行", 'C', "临江县"),
            ("石门支行", 'C', "临江县"),
            ("清河支行", 'B', "临江县"),
        ],
    },
];

/// A sub-branch (支行), the only kind of unit that has customers and facts.
#[derive(Clone, Debug)]
pub struct SubBranch {
    /// The bank's code for it.
    pub code: String,
    /// Its name.
    pub name: &'static str,
    /// Code of its branch.
    pub branch: &'static str,
    /// A, B or C by size.
    pub class: char,
    pub(super) district: &'static str,
    pub(super) last_month_ppm: i64,
}

impl SubBranch {
    /// True for a sub-branch of the branch that lost.
    pub(super) fn lost(&self) -> bool {
        self.branch == super::story::BRANCH
    }

    /// True for the three that lost most.
    pub(super) fn lost_most(&self) -> bool {
        super::story::SUB_BRANCHES.contains(&self.code.as_str())
    }

    /// How many customers it has beside the others.
    pub(super) fn weight(&self) -> i64 {
        match self.class {
            'A' => 13,
            'B' => 9,
            _ => 6,
        }
    }
}

/// One row of the org tree.
pub struct UnitRow {
    /// The bank's code.
    pub code: String,
    /// The unit above; none for the head office.
    pub parent: Option<&'static str>,
    /// hq, branch or subbranch.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// A, B or C for a sub-branch.
    pub class: Option<char>,
}

/// The sixty sub-branches.
#[must_use]
pub fn sub_branches() -> Vec<SubBranch> {
    let of_branch = |branch: &Branch| {
        let Branch { code: branch, last_month_ppm, subs, .. } = *branch;
        subs.iter().enumerate().map(move |(at, (name, class, district))| SubBranch {
            code: format!("{branch}{:02}", at + 1),
            name,
            branch,
            class: *class,
            district,
            last_month_ppm,
        })
    };
    BRANCHES.iter().flat_map(of_branch).collect()
}

/// Every unit, parents first.
#[must_use]
pub fn unit_rows() -> Vec<UnitRow> {
    let head = UnitRow {
        code: HEAD_OFFICE.to_owned(),
        parent: None,
        kind: "hq",
        name: format!("{BANK}总行"),
        class: None,
    };
    let branches = BRANCHES.iter().map(|branch| UnitRow {
        code: branch.code.to_owned(),
        parent: Some(HEAD_OFFICE),
        kind: "branch",
        name: branch.name.to_owned(),
        class: None,
    });
    let subs = sub_branches().into_iter().map(|sub| UnitRow {
        code: sub.code,
        parent: Some(sub.branch),
        kind: "subbranch",
        name: sub.name.to_owned(),
        class: Some(sub.class),
    });
    std::iter::once(head).chain(branches).chain(subs).collect()
}

/// Relationship managers of each sub-branch.
pub const RMS_PER_SUB_BRANCH: usize = 7;

/// A relationship manager (客户经理).
#[derive(Clone, Debug)]
pub struct Rm {
    /// The bank's code.
    pub code: String,
    /// Position of the sub-branch in [`sub_branches`].
    pub unit: usize,
    /// The name.
    pub name: String,
    /// Contacts a month.
    pub capacity: i64,
}

/// The 420 relationship managers, seven a sub-branch in the order of the sub-branches.
#[must_use]
pub fn rms(seed: u64, units: usize) -> Vec<Rm> {
    let count = units * RMS_PER_SUB_BRANCH;
    (0..count)
        .map(|at| {
            let mut rng = Rng::new(seed, Stream::Staff, at as u64);
            let female = rng.chance(560_000);
            let age = rng.between(24, 48);
            Rm {
                code: format!("E{:05}", 10_001 + at),
                unit: at / RMS_PER_SUB_BRANCH,
                name: people::name(&mut rng, female, age),
                capacity: 10 * rng.between(8, 16),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bank_has_the_promised_shape() {
        let rows = unit_rows();
        let of_kind = |kind| rows.iter().filter(|row| row.kind == kind).count();
        assert_eq!((of_kind("hq"), of_kind("branch"), of_kind("subbranch")), (1, 8, 60));
        assert_eq!(rms(1, 60).len(), 420);
        let mut names: Vec<_> = rows.iter().map(|row| &row.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 69, "no two units share a name");
        let called = |code| rows.iter().find(|row| row.code == code).map(|row| row.name.as_str());
        assert_eq!(called("B0302"), Some("新港支行"));
        assert_eq!(called(super::super::story::BRANCH), Some("南城分行"));
    }
}
