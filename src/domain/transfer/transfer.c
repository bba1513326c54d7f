#include "domain/transfer/transfer.h"

#include <string.h>
#include "domain/transfer/apply.h"
#include "domain/transfer/read.h"

/* Why nobody's format fits: a damaged SQLite file says so itself. */
static enum ecode not_recognised(struct ctx *ctx, const struct import_request *in)
{
    struct foreign *f = NULL;
    if (foreign_is_sqlite(in->data, in->len)) {
        enum ecode code = foreign_open(in->data, in->len, &f, &ctx->err);
        foreign_free(f);
        if (code != E_OK)
            return code;
        return err_field(&ctx->err, "format",
                         "is not recognised: the SQLite file has not the tables of Loop, Tickmate or Rewire");
    }
    return err_field(
        &ctx->err, "format",
        "is not recognised: the file is none of loop, loop-csv, habitbull, tickmate, rewire, csv "
        "and json");
}

static enum ecode run_in(struct ctx *ctx, struct arena *work, const struct import_request *in,
                         struct import_result *out)
{
    struct transfer_set *set;
    enum transfer_format format = in->format ? in->format : transfer_recognise(in->data, in->len);
    if (format == FORMAT_UNKNOWN)
        return not_recognised(ctx, in);
    enum ecode code = transfer_read(work, in->data, in->len, format, ctx_today(ctx), &set, &ctx->err);
    if (code != E_OK)
        return code;
    *out = (struct import_result){
        .format = format, .dry_run = in->dry_run, .first = set->first, .last = set->last};
    code = transfer_apply(ctx, set, in, out);
    memcpy(out->losses, set->losses, sizeof out->losses);
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
