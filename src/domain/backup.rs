//! Why there is no backup of the database, as far as somebody can do something about it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupTrouble {
    NoRoom,
    NoFolder,
    /// The folder or the disk cannot be written.
    NotWritable,
    /// The database cannot be read.
    Database,
    /// It was written, and does not hold what it should.
    Unsound,
    Other,
}
