//! What the demo bank's dictionary says of its attributes besides name and type, as a bank's data owners write it.

use super::attributes::Attribute;
use crate::domain::attribute::Class;
use crate::store::import::Label;

/// Value, Chinese, English.
type Words = [(&'static str, &'static str, &'static str)];

impl Attribute {
    /// In what a number is counted.
    pub(super) fn unit(&self) -> Option<&'static str> {
        Some(match self.code {
            "nps" | "churn_score" | "points" => "分",
            "products_held" => "个",
            "logins_90d" | "complaints_12m" => "次",
            _ => return None,
        })
    }

    /// Who answers for it.
    pub(super) fn owner(&self) -> &'static str {
        match self.source {
            "core" => "运营管理部",
            "loan" => "个人信贷部",
            "card" | "acquiring" => "银行卡部",
            "wealth" => "财富管理部",
            "app" => "网络金融部",
            "model" => "数据管理部",
            _ => "零售业务部",
        }
    }

    /// How sensitive it is: what somebody owns and earns is C2 here, and nothing lets anybody in.
    pub(super) fn class(&self) -> Class {
        match self.code {
            "salary" | "loan_balance" | "deposit_balance" | "demand_balance" | "time_balance"
            | "fund_balance" | "wmp_balance" | "outflow_30d" | "card_spend_30d"
            | "credit_limit" | "marital" | "education" | "job" | "district" | "risk_level" => {
                Class::C2
            }
            _ => Class::C1,
        }
    }

    /// How it is computed.
    pub(super) fn definition(&self) -> Option<&'static str> {
        Some(match self.code {
            "payroll" => "近三个月有代发工资入账，且代发协议有效",
            "housing" => "有未结清的个人住房贷款",
            "app_active" => "近 30 天登录过手机银行",
            "active" => "近三个月有主动动账（不含结息、扣费）",
            "wecom" => "客户经理的企业微信好友，未删除",
            "credit_card" => "持有有效信用卡主卡",
            "merchant" => "近三个月有收单流水的商户",
            "risk_level" => "最近一次有效风险测评的结果，C1 至 C5",
            "card_level" => "按 AUM 所持的借记卡等级",
            "life_stage" => "由年龄、职业和持有产品推断，每月更新",
            "nps" => "最近一次回访打分，0 至 10",
            "products_held" => "持有的产品大类数，含存款",
            "logins_90d" => "近 90 天手机银行登录次数；未开通为空",
            "complaints_12m" => "近 12 个月受理的投诉件数",
            "churn_score" => "流失预警模型分，0 至 99，越高越可能流失",
            "deposit_balance" => "活期与定期余额之和",
            "salary" => "近三个月代发额的月均；他行代发按客户自述",
            "outflow_30d" => "近 30 天转往他行本人账户的金额",
            "card_spend_30d" => "近 30 天信用卡消费额；无卡为空",
            "last_contact" => "客户经理最近一次登记的联系",
            "wmp_matures" => "在持理财产品中最早的到期日",
            _ => return None,
        })
    }

    /// What its values mean.
    pub(super) fn labels(&self) -> Vec<Label> {
        let words: &Words = match self.code {
            "job" => &[
                ("employee", "企业职员", "Employee"),
                ("worker", "工人", "Worker"),
                ("civil_servant", "公务员", "Civil servant"),
                ("teacher", "教师", "Teacher"),
                ("engineer", "工程师", "Engineer"),
                ("doctor", "医生", "Doctor"),
                ("farmer", "农户", "Farmer"),
                ("student", "学生", "Student"),
                ("retired", "退休", "Retired"),
                ("business_owner", "企业主", "Business owner"),
                ("self_employed", "个体经营", "Self-employed"),
            ],
            "education" => &[
                ("primary", "小学", "Primary school"),
                ("secondary", "中学", "Secondary school"),
                ("college", "大专", "College"),
                ("bachelor", "本科", "Bachelor"),
                ("master", "硕士及以上", "Master or above"),
            ],
            "marital" => &[
                ("single", "未婚", "Single"),
                ("married", "已婚", "Married"),
                ("divorced", "离异", "Divorced"),
            ],
            "risk_level" => &[
                ("C1", "保守型", "Conservative"),
                ("C2", "稳健型", "Cautious"),
                ("C3", "平衡型", "Balanced"),
                ("C4", "成长型", "Growth"),
                ("C5", "进取型", "Aggressive"),
            ],
            "channel" => &[
                ("branch", "网点", "Branch"),
                ("app", "手机银行", "App"),
                ("social_card", "社保卡", "Social security card"),
                ("payroll", "代发批量", "Payroll in bulk"),
            ],
            "life_stage" => &[
                ("student", "求学", "Student"),
                ("starting", "起步", "Starting out"),
                ("young_family", "年轻家庭", "Young family"),
                ("established", "成熟家庭", "Established"),
                ("before_retirement", "临近退休", "Before retirement"),
                ("retired", "退休", "Retired"),
            ],
            _ => &[],
        };
        let label = |(value, zh, en): &(&str, &str, &str)| Label {
            value: (*value).to_owned(),
            zh: (*zh).to_owned(),
            en: (*en).to_owned(),
        };
        words.iter().map(label).collect()
    }
}
