#include "draw/color.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool color_parse(const char *text, struct color *out)
{
    if (!text || strlen(text) != 7 || text[0] != '#')
        return false;
    unsigned rgb = 0;
    for (size_t i = 1; i < 7; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0)
            return false;
        rgb = rgb << 4 | (unsigned)digit;
    }
    *out = (struct color){(rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0};
    return true;
}

/* sRGB's transfer function (IEC 61966-2-1) and back. */
static double to_light(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double from_light(double v)
{
    return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

static double light_of(struct color light)
{
    return 0.2126 * light.r + 0.7152 * light.g + 0.0722 * light.b;
}

static struct color linear(struct color c)
{
    return (struct color){to_light(c.r), to_light(c.g), to_light(c.b)};
}

struct color color_mix(struct color a, struct color b, double part)
{
    return (struct color){a.r + (b.r - a.r) * part, a.g + (b.g - a.g) * part, a.b + (b.b - a.b) * part};
}

static struct color scaled(struct color c, double by)
{
    return (struct color){c.r * by, c.g * by, c.b * by};
}

struct color color_between(struct color c, double low, double high)
{
    struct color light = linear(c);
    double y = light_of(light);
    if (y >= low && y <= high)
        return c;
    if (y > high) {
        light = scaled(light, high / y);
    } else {
        double strongest = fmax(light.r, fmax(light.g, light.b));
        if (strongest > 0)
            light = scaled(light, fmin(low / y, 1 / strongest));
        y = light_of(light);
        if (y < low) /* light adds up, so this much white is exactly enough */
            light = color_mix(light, (struct color){1, 1, 1}, (low - y) / (1 - y));
    }
    return (struct color){from_light(light.r), from_light(light.g), from_light(light.b)};
}
