-- Finds invitations by a part of the company's name, in any case of letters: every three letters in
-- a row are indexed, and the names themselves are not kept twice. With the author beside it, one
-- person's are found without looking at everybody's.
CREATE VIRTUAL TABLE names USING fts5 (name, author, content = '', tokenize = 'trigram');

-- «Ё» is written as «е» as often as not.
CREATE TRIGGER name_added AFTER INSERT ON invitations WHEN NEW.name IS NOT NULL
BEGIN
    INSERT INTO names (rowid, name, author)
    VALUES (NEW.number, replace(replace(NEW.name, 'ё', 'е'), 'Ё', 'Е'), 'a' || NEW.author || 'z');
END;

CREATE TRIGGER name_erased AFTER UPDATE OF name ON invitations
WHEN OLD.name IS NOT NULL AND NEW.name IS NULL
BEGIN
    INSERT INTO names (names, rowid, name, author)
    VALUES ('delete', OLD.number, replace(replace(OLD.name, 'ё', 'е'), 'Ё', 'Е'),
            'a' || OLD.author || 'z');
END;

INSERT INTO names (rowid, name, author)
SELECT number, replace(replace(name, 'ё', 'е'), 'Ё', 'Е'), 'a' || author || 'z'
FROM invitations WHERE name IS NOT NULL;
