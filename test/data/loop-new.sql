-- A small backup of Loop 2.3 (user_version 25): skips, explicit noes, notes, amounts in thousandths.
PRAGMA user_version = 25;
CREATE TABLE Habits (id integer primary key autoincrement, archived integer, color integer, description text, freq_den integer, freq_num integer, highlight integer, name text, position integer, reminder_hour integer, reminder_min integer, reminder_days integer not null default 127, type integer not null default 0, target_type integer not null default 0, target_value real not null default 0, unit text not null default "", question text, uuid text);
CREATE TABLE Repetitions (id integer primary key autoincrement, habit integer not null references habits(id), timestamp integer not null, value integer not null, notes text);
CREATE TABLE Events (id integer primary key autoincrement, timestamp integer, message text, server_id integer);
INSERT INTO Habits (id, archived, color, description, freq_den, freq_num, name, position, reminder_hour, reminder_min, reminder_days, question, uuid)
VALUES (1, 0, 8, 'Twenty minutes', 1, 1, 'Meditate', 0, 8, 0, 127, 'Did you meditate?', 'a2f9c4e1d00b4f5b8f6c7d8e9f0a1b2c');
INSERT INTO Habits (id, archived, color, description, freq_den, freq_num, name, position, reminder_hour, reminder_min, reminder_days, question, uuid)
VALUES (2, 0, 3, '', 7, 2, 'Swim', 1, 18, 15, 18, '', 'b2f9c4e1d00b4f5b8f6c7d8e9f0a1b2c');
INSERT INTO Habits (id, archived, color, description, freq_den, freq_num, name, position, type, target_type, target_value, unit, question, uuid)
VALUES (3, 0, 19, '', 7, 1, 'Run', 2, 1, 0, 15.5, 'km', '', 'c2f9c4e1d00b4f5b8f6c7d8e9f0a1b2c');
INSERT INTO Habits (id, archived, color, description, freq_den, freq_num, name, position, type, target_type, target_value, unit, question, uuid)
VALUES (4, 1, 0, '', 1, 1, 'Coffee', 3, 1, 1, 3.0, 'cups', '', 'd2f9c4e1d00b4f5b8f6c7d8e9f0a1b2c');
INSERT INTO Repetitions (habit, timestamp, value, notes) VALUES
(1, 1735689600000, 2, ''), (1, 1735776000000, 0, 'ill'), (1, 1735862400000, 3, NULL), (1, 1735948800000, -1, 'only a note'),
(1, 1736035200000, -1, ''), (1, 1736121600000, 1, NULL), (2, 1735689600000, 2, 'В бассейне «Чайка»'),
(3, 1735689600000, 5250, '5¼ km'), (3, 1735776000000, 0, NULL), (3, 1735862400000, 3, NULL), (4, 1735689600000, 4000, NULL);
