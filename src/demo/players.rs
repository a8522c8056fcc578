//! For whom a visitor of the demo may speak.

use stand_ins::telegram::Person;

#[derive(Clone, Debug)]
pub struct Player {
    pub person: Person,
    pub role: String,
}

pub const OLEG: i64 = 100_000_001;
pub const ANNA: i64 = 100_000_002;
pub const PYOTR: i64 = 100_000_003;

/// An admin, an employee and a stranger.
pub fn players() -> [Player; 3] {
    let player = |id, name: &str, username: &str, role: &str| Player {
        person: Person { username: Some(username.to_owned()), ..Person::new(id, name) },
        role: role.to_owned(),
    };
    [
        player(OLEG, "Олег", "demo_oleg", "админ"),
        player(ANNA, "Анна", "demo_anna", "сотрудница"),
        player(PYOTR, "Пётр", "demo_pyotr", "посторонний"),
    ]
}
