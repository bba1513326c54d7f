-- Check-ins for wrk: PUT /v1/habits/{id}/logs/{day} of random people, habits and days.
-- From the environment: BENCH_TOKENS (file, line u is person u's token), BENCH_HABITS (per person), BENCH_DAYS (comma list).
local habits = tonumber(os.getenv("BENCH_HABITS"))
local days, tokens, thread_number = {}, {}, 0
for day in os.getenv("BENCH_DAYS"):gmatch("[^,]+") do
    days[#days + 1] = day
end
local body = '{"status":"done"}'
local tail = string.format(
    "\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", #body, body)

function setup(thread)
    thread:set("seed", os.time() * 100 + thread_number)
    thread_number = thread_number + 1
end

function init()
    math.randomseed(seed)
    for line in io.lines(os.getenv("BENCH_TOKENS")) do
        tokens[#tokens + 1] = line
    end
end

-- The ids follow from the person's number: see people.h.
function request()
    local u = math.random(#tokens)
    local habit = (u - 1) * 16 + math.random(habits) - 1
    return string.format("PUT /v1/habits/019a0000-0001-7000-8000-%012x/logs/%s HTTP/1.1\r\nAuthorization: Bearer %s%s",
        habit, days[math.random(#days)], tokens[u], tail)
end
