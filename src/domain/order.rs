//! A unit's part of a plan, which becomes its order (下发单).

/// One unit's part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOrder {
    /// Code of the unit.
    pub org: String,
    /// Name of the unit.
    pub name: String,
    /// Customers who get a task.
    pub tasks: i64,
    /// Customers left alone.
    pub control: i64,
    /// How many RMs have a task.
    pub rms: i64,
    /// Tasks that no RM has.
    pub nobody: i64,
    /// The most that one RM has.
    pub most: i64,
    /// What those RMs can do until the deadline together; none if nobody has said.
    pub capacity: Option<i64>,
}

impl PlanOrder {
    /// How many times the average of its RMs the busiest has, in hundredths; none without RMs.
    #[must_use]
    pub fn imbalance(&self) -> Option<i64> {
        let shared = self.tasks - self.nobody;
        (shared > 0).then(|| (100 * self.most * self.rms + shared / 2) / shared)
    }
}
