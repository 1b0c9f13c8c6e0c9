-- What scripts find beside the language: built on functions of the host, which only this chunk sees.
local host = ...
local load53, tostring, type, select, error, ipairs, pcall = load, tostring, type, select, error, ipairs, pcall
local concat, write, translate, readfile = table.concat, host.write, host.translate, host.readfile

_VERSION = "Lua 5.4"
dofile, loadfile, string.dump = nil, nil, nil

function print(...)
  local texts = {}
  for index = 1, select("#", ...) do
    texts[index] = tostring((select(index, ...)))
  end
  write(concat(texts, "\t") .. "\n")
end

local function pieced(reader)
  local pieces = {}
  for piece in reader do
    if type(piece) ~= "string" then error("reader function must return a string", 0) end
    if piece == "" then break end
    pieces[#pieces + 1] = piece
  end
  return concat(pieces)
end

function load(chunk, name, mode, ...)
  if type(chunk) == "function" then
    local isRead, text = pcall(pieced, chunk)
    if not isRead then return nil, text end
    chunk, name = text, name or "=(load)"
  elseif type(chunk) == "number" then
    chunk = tostring(chunk)
  elseif type(chunk) ~= "string" then
    error("bad argument #1 to 'load' (function expected, got " .. type(chunk) .. ")", 2)
  end
  if mode and not mode:find("t", 1, true) and chunk:sub(1, 1) ~= "\27" then
    return nil, "attempt to load a text chunk (mode is '" .. mode .. "')"
  end
  local text, message = translate(chunk, name or chunk)
  if not text then return nil, message end
  return load53(text, name or chunk, "t", ...)
end

local warns = false
function warn(...)
  local text = concat({ ... })
  if text == "@on" then warns = true
  elseif text == "@off" then warns = false
  elseif warns then write("Lua warning: " .. text .. "\n") end
end

-- What is not used any more is JavaScript's affair.
local collected = {
  collect = 0, step = false, isrunning = true, stop = 0, restart = 0, setpause = 200, setstepmul = 100,
  incremental = "incremental", generational = "incremental",
}

function collectgarbage(what)
  if what == "count" then return host.used() end
  local result = collected[what or "collect"]
  if result == nil then
    error("bad argument #1 to 'collectgarbage' (invalid option '" .. tostring(what) .. "')", 2)
  end
  return result
end

function coroutine.close(thread)
  local status = coroutine.status(thread)
  if status ~= "suspended" and status ~= "dead" then
    error("cannot close a " .. status .. " coroutine", 2)
  end
  return host.kill(thread)
end

-- What upstream's Lua has kept of older versions.
function math.pow(x, y) return x ^ y end
function math.log10(x) return math.log(x, 10) end
function math.cosh(x) return (math.exp(x) + math.exp(-x)) / 2 end
function math.sinh(x) return (math.exp(x) - math.exp(-x)) / 2 end
function math.tanh(x)
  if math.abs(x) > 20 then return x > 0 and 1.0 or -1.0 end
  return math.sinh(x) / math.cosh(x)
end
function math.ldexp(x, exponent) return x * 2.0 ^ exponent end
function math.frexp(x)
  if x == 0 or x ~= x or x == math.huge or x == -math.huge then return x + 0.0, 0 end
  local exponent = math.floor(math.log(math.abs(x), 2)) + 1
  return x / 2.0 ^ exponent, exponent
end

package = {
  path = host.path(),
  cpath = "/usr/local/lib/lua/5.4/?.so;./?.so",
  config = "/\n;\n?\n!\n-\n",
  loaded = { _G = _G, coroutine = coroutine, table = table, string = string, utf8 = utf8, math = math, os = os, debug = debug },
  preload = {},
}
package.loaded.package = package

function package.searchpath(name, path, separator, replacement)
  separator = separator or "."
  local file = name
  if separator ~= "" then
    local by = (replacement or "/"):gsub("%%", "%%%%")
    file = name:gsub("%" .. separator, by)
  end
  local tried = {}
  for template in path:gmatch("[^;]+") do
    local candidate = template:gsub("?", (file:gsub("%%", "%%%%")))
    if readfile(candidate) then return candidate end
    tried[#tried + 1] = "no file '" .. candidate .. "'"
  end
  return nil, concat(tried, "\n\t")
end

local function preloaded(name)
  local loader = package.preload[name]
  if loader then return loader, ":preload:" end
  return "no field package.preload['" .. name .. "']"
end

local function ofLua(name)
  local file, tried = package.searchpath(name, package.path)
  if not file then return tried end
  local loader, message = load(readfile(file):gsub("^#[^\n]*", ""), "@" .. file)
  if not loader then error("error loading module '" .. name .. "' from file '" .. file .. "':\n\t" .. message, 0) end
  return loader, file
end

local function ofC(name)
  local file, tried = package.searchpath(name, package.cpath)
  if not file then return tried end
  error("module '" .. name .. "' is written in C (" .. file .. "): only modules in Lua can be loaded", 0)
end

package.searchers = { preloaded, ofLua, ofC }

function require(name)
  if type(name) == "number" then name = tostring(name) end
  if type(name) ~= "string" then
    error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2)
  end
  local loaded = package.loaded[name]
  if loaded ~= nil then return loaded end
  local reasons = {}
  for _, search in ipairs(package.searchers) do
    local loader, extra = search(name)
    if type(loader) == "function" then
      local value = loader(name, extra)
      if value ~= nil then package.loaded[name] = value
      elseif package.loaded[name] == nil then package.loaded[name] = true end
      return package.loaded[name], extra
    elseif type(loader) == "string" then
      reasons[#reasons + 1] = loader
    end
  end
  error("module '" .. name .. "' not found:\n\t" .. concat(reasons, "\n\t"), 2)
end
