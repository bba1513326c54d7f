#include "draw/png_write.h"

#include <png.h>
#include <stdlib.h>
#include "base/check.h"

#define LEVEL 3 /* of zlib; 6 takes twice as long for a fifth less */

static void on_bytes(png_structp png, png_bytep data, size_t n)
{
    struct buf *out = png_get_io_ptr(png);
    buf_add(out, data, n);
}

static void on_flush(png_structp png)
{
}

/* libpng leaves a failed call by longjmp to its caller here; nothing of ours changes after setjmp. */
static bool encode(png_structp png, png_infop info, const struct palette *palette, const uint8_t *indexes,
                   const struct image *image)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_color colors[PALETTE_MAX];
    for (size_t i = 0; i < palette->n; i++)
        colors[i] = (png_color){(png_byte)(palette->colors[i] >> 16), (png_byte)(palette->colors[i] >> 8),
                                (png_byte)palette->colors[i]};
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8, PNG_COLOR_TYPE_PALETTE,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_PLTE(png, info, colors, (int)palette->n);
    png_set_compression_level(png, LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_write_info(png, info);
    for (size_t y = 0; y < image->height; y++)
        png_write_row(png, indexes + y * image->width);
    png_write_end(png, info);
    return true;
}

enum ecode png_write(const struct image *image, struct buf *out, struct err *err)
{
    enum ecode rc = E_OK;
    struct palette palette;
    struct buf bytes;
    buf_init(&bytes, out->max - out->len);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    uint8_t *indexes = malloc(image->width * image->height);
    if (!info || !indexes) {
        rc = err_set(err, E_INTERNAL, "no memory to write a picture");
        goto out;
    }
    palette_map(image, &palette, indexes);
    png_set_write_fn(png, &bytes, on_bytes, on_flush);
    if (!encode(png, info, &palette, indexes, image))
        rc = err_set(err, E_INTERNAL, "libpng could not write a picture");
    else if (buf_overflowed(&bytes))
        rc = err_set(err, E_TOO_LARGE, "the picture takes more than %zu bytes", out->max);
    else
        buf_add(out, bytes.data, bytes.len);
out:
    buf_release(&bytes);
    png_destroy_write_struct(&png, &info);
    free(indexes);
    return rc;
}
