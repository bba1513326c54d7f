-- logs:batch for wrk: each request brings 1,000 marks of one person, two habits with 500 days each. Every person sends once.
-- From the environment: BENCH_TOKENS (file, line u is person u's token), BENCH_DAYS (comma list of 500), BENCH_FIRST (first person).
local days, tokens, thread_number = {}, {}, 0
for day in os.getenv("BENCH_DAYS"):gmatch("[^,]+") do
    days[#days + 1] = string.format('","day":"%s","status":"done"}', day)
end
local nth = 0

function setup(thread)
    thread:set("number", thread_number)
    thread_number = thread_number + 1
end

function init()
    for line in io.lines(os.getenv("BENCH_TOKENS")) do
        tokens[#tokens + 1] = line
    end
end

-- The ids follow from the person's number: see people.h. The two threads of wrk take turns.
function request()
    local u = (tonumber(os.getenv("BENCH_FIRST")) + nth * 2 + number) % #tokens
    local parts = {}
    nth = nth + 1
    for h = 0, 1 do
        local habit = string.format('{"habit_id":"019a0000-0001-7000-8000-%012x', u * 16 + h)
        for i = 1, #days do
            parts[#parts + 1] = habit .. days[i]
        end
    end
    local body = '{"logs":[' .. table.concat(parts, ",") .. ']}'
    return wrk.format("POST", "/v1/logs:batch",
        { ["Authorization"] = "Bearer " .. tokens[u + 1], ["Content-Type"] = "application/json", ["Host"] = "127.0.0.1" }, body)
end
