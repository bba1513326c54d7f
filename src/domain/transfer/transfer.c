#include "domain/transfer/transfer.h"

#include <string.h>
#include "domain/transfer/apply.h"
#include "domain/transfer/read.h"

static enum ecode run_in(struct ctx *ctx, struct arena *work, const struct import_request *in,
                         struct import_result *out)
{
    struct transfer_set *set;
    enum transfer_format format = in->format ? in->format : transfer_recognise(in->data, in->len);
    if (format == FORMAT_UNKNOWN)
        return err_field(
            &ctx->err, "format",
            "is not recognised: the file is none of loop, loop-csv, habitbull, tickmate, rewire, "
            "csv and json");
    enum ecode code = transfer_read(work, in->data, in->len, format, ctx_today(ctx), &set, &ctx->err);
    if (code != E_OK)
        return code;
    *out = (struct import_result){
        .format = format, .dry_run = in->dry_run, .first = set->first, .last = set->last};
    code = transfer_apply(ctx, set, in, out);
    if (code == E_OK)
        transfer_set_warnings(set, work, &out->warnings, &out->warnings_count);
    return code;
}

enum ecode import_run(struct ctx *ctx, const struct import_request *in, struct import_result *out)
{
    struct import_result result;
    struct arena *answer = ctx->arena;
    if (in->len == 0)
        return err_set(&ctx->err, E_MALFORMED, "the file is empty");
    if (in->len > IMPORT_BYTES_MAX)
        return err_set(&ctx->err, E_TOO_LARGE, "the file is larger than %u MiB", IMPORT_BYTES_MAX >> 20);
    /* A request's memory is for its answer; what a file needs on the way is another matter. */
    ctx->arena = arena_new(IMPORT_ARENA_BYTES);
    enum ecode code = run_in(ctx, ctx->arena, in, &result);
    if (code == E_OK) {
        const char **warnings = arena_array(answer, result.warnings_count, sizeof *warnings);
        for (size_t i = 0; i < result.warnings_count; i++)
            warnings[i] = arena_strdup(answer, result.warnings[i]);
        result.warnings = warnings;
        *out = result;
    }
    arena_free(ctx->arena);
    ctx->arena = answer;
    return code;
}
