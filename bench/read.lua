-- Reads for wrk: random people's GET /v1/today or GET /v1/habits/{id}/stats.
-- From the environment: BENCH_TOKENS (file, line u is person u's token), BENCH_HABITS (per person), BENCH_READ (today or stats).
local habits, today = tonumber(os.getenv("BENCH_HABITS")), os.getenv("BENCH_READ") == "today"
local tokens, thread_number = {}, 0

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
    local path = "/v1/today"
    if not today then
        path = string.format("/v1/habits/019a0000-0001-7000-8000-%012x/stats", (u - 1) * 16 + math.random(habits) - 1)
    end
    return string.format("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", path, tokens[u])
end
