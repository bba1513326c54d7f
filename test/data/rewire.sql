-- A small Rewire backup: one habit of each kind of rule. Weekdays count from 0 = Sunday.
CREATE TABLE Habits (_id INTEGER PRIMARY KEY, Order_num INTEGER, Name TEXT NOT NULL, description TEXT, Remote_id INTEGER, Current_streak INTEGER NOT NULL, Longest_streak INTEGER NOT NULL, active_days TEXT, consecutive_days INTEGER NOT NULL, show_percentage INTEGER NOT NULL, category INTEGER, archived INTEGER, schedule INTEGER, days INTEGER, period INTEGER, unit INTEGER, target_count REAL, milestone_id INTEGER, repeating_count INTEGER, start_date TEXT);
CREATE TABLE CHECKINS (_id INTEGER PRIMARY KEY, Habit_id INTEGER NOT NULL, Remote_id INTEGER, date TEXT NOT NULL, type INTEGER NOT NULL, note TEXT, unit_type INTEGER, actual_count REAL, target_count REAL, milestone_id INTEGER, UNIQUE (Habit_id, date) ON CONFLICT REPLACE);
CREATE TABLE UNIT (_id INTEGER PRIMARY KEY, REMOTE_ID INTEGER, UNIT_NAME TEXT, MIN_INCREMENT REAL);
CREATE TABLE REMINDERS (_id INTEGER PRIMARY KEY, REMOTE_ID INTEGER, habit_id INTEGER, time INTEGER, active_days TEXT);
INSERT INTO Habits (_id, Order_num, Name, description, Current_streak, Longest_streak, active_days, consecutive_days, show_percentage, archived, schedule, days, period, repeating_count, start_date) VALUES
(1, 1, 'Wake up early', '', 0, 0, '1,3,5', 21, 1, 0, 0, 10, 1, 0, '20160101'),
(2, 2, 'Brush teeth', 'Twice', 0, 0, '0,3,6', 21, 1, 0, 1, 3, 0, 5, '20150321'),
(3, 3, 'Call home', '', 0, 0, '0,1,2,3,4,5,6', 21, 1, 1, 2, 0, 0, 5, '20160321');
INSERT INTO CHECKINS (Habit_id, date, type, note) VALUES (1, '20160104', 2, NULL), (1, '20160106', 1, 'overslept'), (1, '20160108', 3, NULL),
(2, '20160104', 2, 'new brush'), (3, '20160229', 2, NULL);
INSERT INTO REMINDERS (habit_id, time, active_days) VALUES (2, 480, '1,2,3,4,5'), (1, 390, '1,3,5');
