-- Button presses for wrk: webhook updates with a callback query of random people and habits, each with an update id of its own.
-- From the environment:
--   BENCH_PEOPLE, BENCH_HABITS   how many people (see people.h), habits of each
--   BENCH_DAYS                   comma list of days
--   BENCH_DATA                   the button's callback data with {habit} (UUID), {habit_hex} (32 digits), {habit_b64} (22 characters,
--                                base64url), {day} (YYYY-MM-DD), {day8} (YYYYMMDD), {user} (number)
--   BENCH_FIRST_UPDATE           first update id; the ids of one run are dense from there on
--   BENCH_SECRET                 the webhook's secret token
--   BENCH_THREADS                wrk's -t
local people, habits = tonumber(os.getenv("BENCH_PEOPLE")), tonumber(os.getenv("BENCH_HABITS"))
local data, threads = os.getenv("BENCH_DATA"), tonumber(os.getenv("BENCH_THREADS"))
local FIRST_TELEGRAM_ID = 7000000000 -- seed.c
local days, thread_number, nth = {}, 0, 0
for day in os.getenv("BENCH_DAYS"):gmatch("[^,]+") do
    days[#days + 1] = day
end

function setup(thread)
    thread:set("number", thread_number)
    thread_number = thread_number + 1
end

function init()
    math.randomseed(os.time() * 100 + number)
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

local function base64url(hex)
    local out = {}
    for i = 1, #hex, 6 do
        local group = hex:sub(i, i + 5)
        local value = tonumber(group .. ("0"):rep(6 - #group), 16)
        for k = 3, 4 - math.ceil(#group * 4 / 6), -1 do
            local digit = math.floor(value / 64 ^ k) % 64
            out[#out + 1] = DIGITS:sub(digit + 1, digit + 1)
        end
    end
    return table.concat(out)
end

-- Of a person's habit everything but the day, made once: a load generator that works hard takes the processor from both sides.
local made = {}
local function callback_data(u, h, day)
    local key = u * 16 + h
    if not made[key] then
        local tail = string.format("%012x", key)
        local hex = "019a0000000170008000" .. tail
        local values = { habit = "019a0000-0001-7000-8000-" .. tail, habit_hex = hex, user = tostring(u) }
        made[key] = data:gsub("{([%w_]+)}", function(name)
            return name == "habit_b64" and base64url(hex) or values[name]
        end)
    end
    return (made[key]:gsub("{(day8?)}", { day = day, day8 = day:gsub("-", "") }))
end

local UPDATE = '{"update_id":%d,"callback_query":{"id":"%d","from":{"id":%d,"is_bot":false,"first_name":"Bench","language_code":"en"},'
    .. '"message":{"message_id":%d,"from":{"id":424242,"is_bot":true,"first_name":"Bench","username":"bench_bot"},'
    .. '"chat":{"id":%d,"first_name":"Bench","type":"private"},"date":1760000000,"text":"Habit %d","reply_markup":{"inline_keyboard":'
    .. '[[{"text":"Done","callback_data":"%s"},{"text":"Skip","callback_data":"s"},{"text":"Decline","callback_data":"n"}]]}},'
    .. '"chat_instance":"%d","data":"%s"}}'

local first = tonumber(os.getenv("BENCH_FIRST_UPDATE"))
local HEAD = "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: "
    .. os.getenv("BENCH_SECRET") .. "\r\nContent-Length: %d\r\n\r\n"

function request()
    local u, h = math.random(people) - 1, math.random(habits) - 1
    local id = first + nth * threads + number
    nth = nth + 1
    local who, pressed = FIRST_TELEGRAM_ID + u, callback_data(u, h, days[math.random(#days)])
    local body = string.format(UPDATE, id, id, who, id, who, h, pressed, who, pressed)
    return string.format(HEAD, wrk.path, #body) .. body
end
