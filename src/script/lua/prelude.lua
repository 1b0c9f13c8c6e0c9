-- What scripts find beside the language: built on functions of the host, which only this chunk sees.
local host = ...
local load53, tostring, type, select, error, ipairs = load, tostring, type, select, error, ipairs
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

function load(chunk, name, mode, ...)
  if type(chunk) == "function" then
    local pieces = {}
    for piece in chunk do
      if piece == "" then break end
      pieces[#pieces + 1] = piece
    end
    chunk, name = concat(pieces), name or "=(load)"
  elseif type(chunk) ~= "string" then
    error("bad argument #1 to 'load' (function expected, got " .. type(chunk) .. ")", 2)
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

function collectgarbage(what)
  if what == "count" then return host.used() end
  if what == "isrunning" then return true end
  return 0
end

function coroutine.close(thread)
  local status = coroutine.status(thread)
  if status ~= "suspended" and status ~= "dead" then
    error("cannot close a " .. status .. " coroutine", 2)
  end
  host.kill(thread)
  return true
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
  if separator ~= "" then file = name:gsub("%" .. separator, (replacement or "/"):gsub("%%", "%%%%")) end
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

if host.libraries == "safe" then return end

os.getenv, os.remove, os.rename, os.tmpname = host.getenv, host.remove, host.rename, host.tmpname
os.execute, os.exit = host.execute, host.exit

local File = {}
File.__index, File.__name = File, "FILE*"

local function fileOf(handle, position)
  return setmetatable({ handle = handle, position = position, buffer = "" }, File)
end

function File:__tostring()
  return self.handle and "file (" .. self.handle .. ")" or "file (closed)"
end

local function checked(self)
  if not self.handle then error("attempt to use a closed file", 3) end
end

-- Has at least so many bytes in the buffer, or all that there are.
local function fill(self, count)
  while #self.buffer < count do
    local piece = host.read(self.handle, 8192, self.position)
    if piece == "" then return end
    if self.position then self.position = self.position + #piece end
    self.buffer = self.buffer .. piece
  end
end

local function taken(self, count)
  local text = self.buffer:sub(1, count)
  self.buffer = self.buffer:sub(count + 1)
  return text
end

local function line(self, keeps)
  local from = 1
  while true do
    local at = self.buffer:find("\n", from, true)
    if at then
      local text = taken(self, at)
      return keeps and text or text:sub(1, -2)
    end
    from = #self.buffer + 1
    fill(self, from)
    if #self.buffer < from then break end
  end
  if self.buffer == "" then return nil end
  return taken(self, #self.buffer)
end

local readers = {
  l = function(self) return line(self, false) end,
  L = function(self) return line(self, true) end,
  a = function(self)
    repeat
      local before = #self.buffer
      fill(self, before + 8192)
    until #self.buffer == before
    return taken(self, #self.buffer)
  end,
  n = function(self)
    fill(self, 200)
    local _, stop = self.buffer:find("^%s*[%-+]?[%w%.]+")
    if not stop then return nil end
    return tonumber(taken(self, stop))
  end,
}

function File:read(...)
  checked(self)
  local results, count = {}, select("#", ...)
  if count == 0 then return line(self, false) end
  for index = 1, count do
    local format = (select(index, ...))
    local value
    if type(format) == "number" then
      fill(self, format == 0 and 1 or format)
      if self.buffer ~= "" then value = taken(self, format) end
    else
      local reader = readers[tostring(format):gsub("^%*", ""):sub(1, 1)]
      if not reader then error("bad argument #" .. index .. " to 'read' (invalid format)", 2) end
      value = reader(self)
    end
    results[index] = value
    if value == nil then return table.unpack(results, 1, index) end
  end
  return table.unpack(results, 1, count)
end

function File:lines(...)
  checked(self)
  local formats = table.pack(...)
  return function()
    return self:read(table.unpack(formats, 1, formats.n))
  end
end

function File:write(...)
  checked(self)
  if self.position then self.position = self.position - #self.buffer end
  self.buffer = ""
  for index = 1, select("#", ...) do
    local text = tostring((select(index, ...)))
    local written, message = host.writefile(self.handle, text, self.position)
    if not written then return nil, message end
    if self.position then self.position = self.position + #text end
  end
  return self
end

function File:seek(whence, offset)
  checked(self)
  local base = 0
  if whence == nil or whence == "cur" then base = (self.position or 0) - #self.buffer
  elseif whence == "end" then base = host.filesize(self.handle) end
  self.position, self.buffer = base + (offset or 0), ""
  return self.position
end

function File:flush() checked(self) return self end
function File:setvbuf() return true end

function File:close()
  checked(self)
  host.close(self.handle)
  self.handle = nil
  return true
end

io = { stdin = fileOf(0), stdout = fileOf(1), stderr = fileOf(2) }
package.loaded.io = io

function io.open(name, mode)
  mode = mode or "r"
  if not mode:match("^[rwa]%+?b?$") then error("bad argument #2 to 'open' (invalid mode)", 2) end
  local handle, message, code = host.open(name, mode)
  if not handle then return nil, message, code end
  -- At its end without a position: what is appended goes there.
  return fileOf(handle, not mode:find("a") and 0 or nil)
end

function io.lines(name, ...)
  if name == nil then return io.stdin:lines(...) end
  local file, message = io.open(name)
  if not file then error(message, 2) end
  return file:lines(...)
end

function io.read(...) return io.stdin:read(...) end
function io.write(...) return io.stdout:write(...) end
function io.close(file) return (file or io.stdout):close() end
function io.type(value)
  if getmetatable(value) ~= File then return nil end
  return value.handle and "file" or "closed file"
end
