-- A small Tickmate backup; months count from 0.
CREATE TABLE tracks (_id integer primary key autoincrement, name text not null, description text not null, icon text not null, enabled integer not null, multiple_entries_per_day integer DEFAULT 0, "order" integer DEFAULT -1);
CREATE TABLE ticks (_id integer primary key autoincrement, _track_id integer, year integer, month integer, day integer, hour integer, minute integer, second integer, has_time_info integer DEFAULT 0);
CREATE TABLE groups (_id integer primary key autoincrement, name text not null);
CREATE TABLE track2groups (_id integer primary key autoincrement, _track_id integer not null, _group_id integer not null);
INSERT INTO tracks VALUES (1, 'Vegan', 'No animal products', 'leaf', 1, 1, 20), (2, 'Sport', '', 'ball', 0, 0, 10);
INSERT INTO ticks (_track_id, year, month, day, hour, minute, second, has_time_info) VALUES
(1, 2016, 1, 29, 12, 0, 0, 1), (1, 2016, 1, 29, 18, 0, 0, 1), (1, 2016, 11, 31, 0, 0, 0, 0), (2, 2016, 0, 1, 7, 0, 0, 1), (5, 2016, 0, 1, 7, 0, 0, 1);
