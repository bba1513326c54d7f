-- A small backup of Loop 1.x (user_version 12): no uuid, no type, no values; colours are ARGB numbers.
PRAGMA user_version = 12;
CREATE TABLE Habits (Id INTEGER PRIMARY KEY AUTOINCREMENT, archived INTEGER, color INTEGER, description TEXT, freq_den INTEGER, freq_num INTEGER, highlight INTEGER, name TEXT, position INTEGER, reminder_days INTEGER, reminder_hour INTEGER, reminder_min INTEGER);
CREATE TABLE Repetitions (Id INTEGER PRIMARY KEY AUTOINCREMENT, habit INTEGER REFERENCES Habits(Id), timestamp INTEGER);
CREATE TABLE Checkmarks (Id INTEGER PRIMARY KEY AUTOINCREMENT, habit INTEGER, timestamp INTEGER, value INTEGER);
INSERT INTO Habits VALUES (3, 0, -16742021, 'Did you get up at six?', 7, 3, 0, 'Wake up early', 1, 127, NULL, NULL);
INSERT INTO Habits VALUES (7, 0, -1684967, '', 1, 1, 0, 'Бегать утром', 0, 124, 7, 30);
INSERT INTO Habits VALUES (9, 1, 5, 'No sugar', 5, 1, 0, 'Diet', 2, 127, NULL, NULL);
INSERT INTO Repetitions (habit, timestamp) VALUES (3, 1451606400000), (3, 1451692800000), (3, 1452211200000), (7, 1451606400000), (9, 1456704000000);
INSERT INTO Repetitions (habit, timestamp) VALUES (99, 1451606400000), (3, NULL), (3, 915148800000);
