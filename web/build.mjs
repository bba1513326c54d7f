// Bundles the Mini App and the console and writes them as one C file that the HTTP edge serves.
//   node build.mjs TEXTS.json OUT.c OUT.d     TEXTS.json is script/embed-texts.py's, OUT.d a dependency file for ninja
//   node build.mjs --types TEXTS.json DIR     declarations of the texts' keys and of the virtual modules, for tsc
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const PAGES = { app: "/", admin: "/admin" };
const TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
};

function stop(text) {
    console.error(`web/build.mjs: ${text}`);
    process.exit(1);
}

// --- texts: a page gets the keys that its sources name, and of a family ("month.short") every member

const literal = /(["'`])([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)\1/g;

export function namedKeys(source, texts) {
    const all = Object.keys(texts[0].texts);
    const members = new Map();
    for (const key of all) {
        const family = key.match(/^(.+)\.\d+$/)?.[1];
        if (family) members.set(family, [...(members.get(family) ?? []), key]);
    }
    const known = new Set(all);
    const found = new Set();
    for (const [, , name] of source.matchAll(literal)) {
        if (known.has(name)) found.add(name);
        for (const key of members.get(name) ?? []) found.add(key);
    }
    return found;
}

function plain(text) {
    return text.replace(/<[^>]*>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");
}

function languageModule(lang, keys) {
    const texts = {};
    for (const [key, forms] of Object.entries(lang.texts))
        if (keys.has(key)) texts[key] = Array.isArray(forms) ? forms.map(plain) : plain(forms);
    const head = { code: lang.code, name: lang.native_name, rtl: lang.rtl, fraction: lang.fraction_form };
    return `export default { ...${JSON.stringify(head)}, plural: n => +${lang.plural}, texts: ${JSON.stringify(texts)} };`;
}

/** "habitd:languages/app" maps codes to imports of "habitd:language/app/en". */
function textsPlugin(texts, sourcesOf) {
    return {
        name: "texts",
        setup(build) {
            build.onResolve({ filter: /^habitd:/ }, args => ({ path: args.path, namespace: "habitd" }));
            build.onLoad({ filter: /.*/, namespace: "habitd" }, args => {
                const [kind, page, code] = args.path.slice("habitd:".length).split("/");
                if (kind === "languages") {
                    const rows = texts.map(l => `${JSON.stringify(l.code)}: { name: ${JSON.stringify(l.native_name)}, fallbackFor: ${
                        JSON.stringify(l.fallback_for)}, load: () => import("habitd:language/${page}/${l.code}") }`);
                    return { contents: `export default {\n${rows.join(",\n")}\n};`, loader: "js", resolveDir: here };
                }
                const keys = namedKeys(sourcesOf(page), texts);
                return { contents: languageModule(texts.find(l => l.code === code), keys), loader: "js" };
            });
        },
    };
}

// --- bundling

/** What a page loads later runs inside of it: code that both need is in the page's one file, which is there before anything is painted. */
const inside = page => ({
    name: "inside",
    setup(build) {
        build.onResolve({ filter: /^\.\.?\// }, args =>
            args.kind === "dynamic-import" ? { path: resolve(args.resolveDir, args.path), pluginData: { inside: true } } : undefined);
        build.onLoad({ filter: /\.tsx$/ }, args => args.pluginData?.inside && {
            contents: `import ${JSON.stringify(join(here, page, "main.tsx"))};\n${readFileSync(args.path, "utf8")}`, loader: "tsx", resolveDir: dirname(args.path),
        });
    },
});

async function bundle(extra) {
    const { build } = await import("esbuild").catch(() =>
        stop("the npm packages of web/package-lock.json are missing: script/setup --server installs them"));
    return build({
        absWorkingDir: here,
        bundle: true,
        format: "esm",
        target: "es2022",
        minify: true,
        legalComments: "none",
        charset: "utf8", // as everything is served: escapes would be three times as long
        metafile: true,
        write: false,
        outdir: "assets",
        loader: { ".svg": "file", ".png": "file" },
        assetNames: "[name]-[hash]",
        jsx: "automatic",
        jsxImportSource: "preact",
        logLevel: "warning",
        ...extra,
    });
}

/** The sources of a page: what its entry reaches, without node_modules, and without the texts themselves. */
async function reach(entry) {
    const result = await bundle({
        entryPoints: [entry],
        plugins: [{ name: "skip", setup: b => b.onResolve({ filter: /^habitd:/ }, a => ({ path: a.path, external: true })) }],
    });
    return Object.keys(result.metafile.inputs).filter(p => !p.startsWith("node_modules/") && /\.tsx?$/.test(p));
}

async function bundleAll(texts) {
    const pages = {}, inputs = [];
    for (const page of Object.keys(PAGES)) {
        const files = await reach(`${page}/main.tsx`);
        const source = files.map(f => readFileSync(join(here, f), "utf8")).join("\n");
        pages[page] = await bundle({
            entryPoints: [{ in: `${page}/main.tsx`, out: page }],
            splitting: true,
            entryNames: "[name]-[hash]",
            chunkNames: "[name]-[hash]",
            banner: { js: "//# allFunctionsCalledOnLoad" },
            plugins: [textsPlugin(texts, () => source), inside(page)],
        });
        inputs.push(...Object.keys(pages[page].metafile.inputs).filter(p => !p.startsWith("habitd:")));
    }
    return { pages, inputs };
}

// --- what is served

const hash = data => createHash("sha256").update(data).digest("hex").slice(0, 16);

/** A page's own script: where its entry does nothing but import another file, that file. */
function ownScript(meta, entry) {
    const { inputs, imports } = meta.outputs[entry];
    return Object.keys(inputs).length === 0 && imports.length === 1 ? imports[0].path : entry;
}

function fill(template, values) {
    return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? stop(`nothing for {{${name}}}`));
}

/** A page with its style, and what is to happen first, in the text itself; the policy allows just these by their hashes. */
function pageAsset(template, { script, style, early }) {
    const source = text => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const html = fill(template, {
        early: early ? `<script>${early}</script>` : "",
        script: `<script type="module" blocking="render" src="${script}"></script>`,
        style: `<style>${style}</style>`,
    });
    return { data: Buffer.from(html), type: TYPES[".html"], styles: source(style), scripts: early ? source(early) : "" };
}

function iconAssets() {
    const icons = {};
    for (const name of ["icon.svg", "icon-180.png", "icon-192.png", "icon-512.png"]) {
        const data = readFileSync(join(here, "icons", name));
        icons[name] = { path: `/assets/${name.replace(".", `-${hash(data)}.`)}`, data };
    }
    return icons;
}

/** What runs before the page's own script is there. */
async function earlyScript(meta, read) {
    const languages = Object.entries(meta.outputs).filter(([, o]) => o.entryPoint?.startsWith("habitd:habitd:language/"))
        .map(([path, o]) => [o.entryPoint.split("/").at(-1), `/${path}`]);
    const result = await bundle({ entryPoints: ["app/early.ts"], format: "iife", define: { LANGUAGES: JSON.stringify(Object.fromEntries(languages)) } });
    Object.keys(result.metafile.inputs).forEach(p => read.add(p));
    return result.outputFiles[0].text.trim();
}

async function makeAssets(texts) {
    const { pages, inputs } = await bundleAll(texts);
    const assets = new Map();
    const read = new Set(inputs);
    const icons = iconAssets();
    const iconPath = name => icons[name].path;
    for (const name of Object.keys(icons)) {
        read.add(`icons/${name}`);
        assets.set(icons[name].path, { data: icons[name].data, forever: true });
    }
    const kept = ["/", "/manifest.webmanifest", ...Object.values(icons).map(i => i.path)];
    for (const [page, path] of Object.entries(PAGES)) {
        const { metafile: meta, outputFiles } = pages[page];
        const entry = Object.keys(meta.outputs).find(p => meta.outputs[p].entryPoint === `${page}/main.tsx`);
        const script = `/${ownScript(meta, entry)}`;
        let style = "";
        for (const file of outputFiles) {
            const name = relative(here, file.path);
            if (name === meta.outputs[entry].cssBundle) style = file.text.trim();
            if (extname(name) !== ".js" || (name === entry && `/${name}` !== script)) continue;
            assets.set(`/${name}`, { data: Buffer.from(file.contents), forever: true });
            if (page === "app") kept.push(`/${name}`);
        }
        const template = fill(readFileSync(join(here, page, "index.html"), "utf8"), {
            icon: iconPath("icon.svg"), touch: iconPath("icon-180.png"), early: "{{early}}", style: "{{style}}", script: "{{script}}",
        });
        read.add(`${page}/index.html`);
        assets.set(path, pageAsset(template, { script, style, early: page === "app" ? await earlyScript(meta, read) : "" }));
    }
    const manifest = fill(readFileSync(join(here, "app/manifest.webmanifest"), "utf8"),
        { svg: iconPath("icon.svg"), png192: iconPath("icon-192.png"), png512: iconPath("icon-512.png") });
    read.add("app/manifest.webmanifest");
    assets.set("/manifest.webmanifest", { data: Buffer.from(manifest) });
    const version = hash(kept.map(p => hash(assets.get(p).data)).join());
    const worker = await bundle({ entryPoints: ["app/sw.ts"], format: "iife", define: { KEPT: JSON.stringify(kept), VERSION: JSON.stringify(version) } });
    Object.keys(worker.metafile.inputs).forEach(p => read.add(p));
    assets.set("/sw.js", { data: Buffer.from(worker.outputFiles[0].contents) });
    return { assets, read };
}

// --- C

function bytes(name, data) {
    const lines = [];
    for (let i = 0; i < data.length; i += 32) lines.push([...data.subarray(i, i + 32)].join(",") + ",");
    return `static const unsigned char ${name}[] = {\n${lines.join("\n")}\n};\n`;
}

function renderC(assets) {
    let arrays = "", rows = "", n = 0;
    for (const [path, a] of [...assets].sort(([x], [y]) => (x < y ? -1 : 1))) {
        const forms = [["raw", a.data]];
        const text = !path.endsWith(".png");
        const gzip = text ? gzipSync(a.data, { level: 9 }) : a.data;
        const brotli = text ? brotliCompressSync(a.data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }) : a.data;
        if (gzip.length < a.data.length) forms.push(["gzip", gzip]);
        if (brotli.length < a.data.length) forms.push(["brotli", brotli]);
        forms.forEach(([form, data]) => (arrays += bytes(`${form}_${n}`, data)));
        const members = forms.map(([form]) => `.${form} = {${form}_${n}, sizeof ${form}_${n}}`).join(", ");
        rows += `    {.path = "${path}", .type = "${a.type ?? TYPES[extname(path)] ?? stop(`no type for ${path}`)}", .hash = "${
            hash(a.data)}", .forever = ${a.forever === true}, .styles = "${a.styles ?? ""}", .scripts = "${a.scripts ?? ""}", ${members}},\n`;
        n++;
    }
    return `/* Made by web/build.mjs. */\n#include "edge/http/web_assets.h"\n\n${arrays}\n` +
        `const struct web_asset web_assets[] = {\n${rows}};\nconst size_t web_assets_count = ${n};\n`;
}

// --- declarations for tsc

function writeTypes(texts, folder) {
    mkdirSync(folder, { recursive: true });
    const keys = Object.keys(texts[0].texts);
    const families = new Set(keys.map(k => k.match(/^(.+)\.\d+$/)?.[1]).filter(Boolean));
    const union = names => names.map(n => `\n    | ${JSON.stringify(n)}`).join("");
    writeFileSync(join(folder, "keys.d.ts"), `// Made by web/build.mjs --types.\nexport type TextKey =${union(keys)};\nexport type TextFamily =${
        union([...families])};\n`);
    writeFileSync(join(folder, "virtual.d.ts"), `// Made by web/build.mjs --types.
declare module "habitd:languages/*" {
    const languages: Record<string, { name: string; fallbackFor: string[]; load: () => Promise<{ default: import("../shared/i18n.ts").Language }> }>;
    export default languages;
}
declare module "*.css";
declare module "*.svg" {
    const url: string;
    export default url;
}
`);
}

async function main(args) {
    if (args[0] === "--types") return writeTypes(JSON.parse(readFileSync(args[1], "utf8")), args[2]);
    const [textsFile, out, depfile] = args;
    const texts = JSON.parse(readFileSync(textsFile, "utf8"));
    const { assets, read } = await makeAssets(texts);
    writeFileSync(out, renderC(assets));
    const escape = p => resolve(here, p).replace(/ /g, "\\ ");
    writeFileSync(depfile, `${out}: ${[...read].map(escape).join(" ")}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
