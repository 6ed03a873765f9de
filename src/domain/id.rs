//! Identifiers that cannot be taken for one another.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(/// An org unit's row, not its code.
    OrgId(i32));
id!(/// A member of staff's row, not the code.
    StaffId(i32));
id!(/// The bank's own number of a customer.
    CustomerId(i64));
id!(/// A frozen list of a segment's members.
    SnapshotId(i64));
id!(/// A push that has been planned and shown, whether or not it was applied.
    PlanId(i64));
id!(/// A push that was applied.
    PushId(i64));
