# frozen_string_literal: true

# Receives webhooks with Ruby's standard library. Run: PORT=4000 WEBHOOK_SECRET=wbhsec_… ruby receiver.rb
#
# Ruby 3 comes without a web server, so the lower half of this file is a small one; what a receiver must do is in
# the upper half. In Rails: skip_forgery_protection in the controller, and request.raw_post for the bytes.

require 'json'
require 'openssl'
require 'socket'

MAX_BODY_BYTES = 1024 * 1024
MAX_HEADER_CHARACTERS = 1024
TOLERANCE_SECONDS = 300
MAX_REMEMBERED_EVENTS = 100_000

# Two secrets, separated by a comma, while the secret is being rotated. Bytes, so that no locale changes them.
SECRETS = ENV.fetch('WEBHOOK_SECRET', '').b.split(',').reject { |secret| secret.strip.empty? }
abort 'Set WEBHOOK_SECRET: with an empty secret anybody could sign.' if SECRETS.empty?

# Why the signature is refused, or nil when it is right.
def refuse_signature(values, raw_body)
  return 'header_repeated' if values.length > 1 || values.any? { |value| value.include?(', ') }

  header = values.first.to_s
  return 'header_missing' if header.empty?
  return 'header_malformed' if header.length > MAX_HEADER_CHARACTERS

  # During a rotation there are two groups: t=1700000000,v1=<new> t=1700000000,v1=<old>
  candidates = header.split(/ /).flat_map { |group| candidates_of(group) }
  return 'header_malformed' if candidates.empty?

  # t is the time of this attempt, not of the event: a retry that comes days later is fresh.
  now = Time.now.to_i
  fresh = candidates.select { |t, _| (now - t.to_i).abs <= TOLERANCE_SECONDS }
  return 'timestamp_outside_tolerance' if fresh.empty?

  # Every candidate with every secret, also after a match: the time taken tells nothing.
  matches = fresh.product(SECRETS).map do |(t, v1), secret|
    expected = OpenSSL::HMAC.hexdigest('SHA256', secret, "#{t}.".b + raw_body)
    OpenSSL.fixed_length_secure_compare(expected, v1)
  end
  matches.any? ? nil : 'signature_mismatch'
end

def candidates_of(group)
  pairs = group.split(',').map { |pair| pair.partition('=').values_at(0, 2) }
  times = pairs.filter_map { |key, value| value if key == 't' }
  # \A and \z, not ^ and $, which match at every line. Digits only: a dot in t would let bytes move between the time
  # and the body.
  return [] unless times.length == 1 && times.first.match?(/\A[0-9]{1,12}\z/)

  pairs.filter_map { |key, value| [times.first, value] if key == 'v1' && value.match?(/\A[0-9a-f]{64}\z/) }
end

# The event and nil, or nil and the reason why the body is no event. Unknown attributes are no error.
def parse_event(raw_body)
  text = raw_body.dup.force_encoding(Encoding::UTF_8)
  return [nil, 'body_not_utf8'] unless text.valid_encoding?

  case JSON.parse(text, symbolize_names: true)
  in { data: { type: 'event', id: String => id, attributes: { name: String => name } } } unless id.empty? || name.empty?
    [{ id: id, name: name }, nil]
  else
    [nil, 'body_not_event']
  end
rescue JSON::ParserError
  [nil, 'body_not_json']
end

HANDLED_IDS = {} # rubocop:disable Style/MutableConstant
HANDLED_IDS_LOCK = Mutex.new

# Does the work once for each event; true means that it was done before. Here the work is only remembering the id. In
# earnest, insert the id into a table (primary key) in the transaction that does the work: then work that failed is not
# remembered, and the retry does it. Order is not promised: keep the resource's latest created-at and apply nothing
# older.
def handle_once(event)
  HANDLED_IDS_LOCK.synchronize do
    next true if HANDLED_IDS.key?(event[:id])

    HANDLED_IDS[event[:id]] = true
    HANDLED_IDS.shift if HANDLED_IDS.size > MAX_REMEMBERED_EVENTS
    false
  end
end

def receive(request)
  return { status: 405, reason: 'use_post' } unless request.verb == 'POST'
  return { status: 413, reason: 'body_too_large' } if request.body.nil?

  refusal = refuse_signature(request.header_values('persona-signature'), request.body)
  return { status: 401, reason: refusal } if refusal

  event, refusal = parse_event(request.body)
  return { status: 400, reason: refusal, verified: true } if refusal

  duplicate = handle_once(event)
  { status: 200, reason: duplicate ? 'duplicate' : 'handled', verified: true, duplicate: duplicate, event: event }
end

# Ids and names only: an event may hold personal data, and a log is no place for it.
def log(request, answer)
  attempt = request.header_values('persona-webhook-attempts-made').first.to_s
  line = {
    id: answer.dig(:event, :id),
    name: answer.dig(:event, :name),
    duplicate: answer.fetch(:duplicate, false),
    verified: answer.fetch(:verified, false),
    attempt: attempt.match?(/\A[0-9]{1,6}\z/) ? attempt.to_i : nil
  }
  # One write, so that lines of two threads do not mix.
  $stdout.syswrite("#{JSON.generate(line)}\n")
end

# From here on: the web server.

MAX_HEAD_BYTES = 16 * 1024
MAX_DROPPED_BYTES = 16 * 1024 * 1024
SILENCE_SECONDS = 10
STATUS_TEXTS = {
  200 => 'OK', 400 => 'Bad Request', 401 => 'Unauthorized', 405 => 'Method Not Allowed', 411 => 'Length Required',
  413 => 'Content Too Large', 431 => 'Request Header Fields Too Large'
}.freeze

# A request whose body cannot be told from the next request. It is answered and the connection is closed.
class BadRequest < StandardError
  attr_reader :status

  def initialize(status, reason)
    @status = status
    super(reason)
  end
end

# `headers` are pairs of a lower-case name and a value; `body` is nil where it was too large.
Request = Struct.new(:verb, :version, :headers, :body, keyword_init: true) do
  def header_values(name)
    headers.filter_map { |key, value| value if key == name }
  end

  def last?
    body.nil? || version != 'HTTP/1.1' || header_values('connection').any? { |value| value.downcase.include?('close') }
  end
end

# One connection, with its requests one after the other.
class Connection
  def initialize(socket)
    @socket = socket
    @buffer = String.new(encoding: Encoding::BINARY)
  end

  # nil when the sender has closed the connection.
  def read_request
    head = read_head or return nil
    request_line, *lines = head.split("\r\n")
    verb, _path, version = request_line.to_s.split(' ', 3)
    headers = lines.map { |line| parse_header(line) }
    request = Request.new(verb: verb, version: version, headers: headers)
    request.body = read_body(request)
    request
  end

  def write(status, reason, close:)
    body = "#{reason}\n"
    lines = ["HTTP/1.1 #{status} #{STATUS_TEXTS.fetch(status)}", 'Content-Type: text/plain',
             "Content-Length: #{body.bytesize}"]
    lines << 'Allow: POST' if status == 405
    lines << 'Connection: close' if close
    @socket.write("#{lines.join("\r\n")}\r\n\r\n#{body}")
  end

  private

  def read_head
    until (length = @buffer.index("\r\n\r\n"))
      raise BadRequest.new(431, 'head_too_large') if @buffer.bytesize > MAX_HEAD_BYTES
      return nil unless fill
    end
    @buffer.slice!(0, length + 4)
  end

  def parse_header(line)
    name, colon, value = line.partition(':')
    raise BadRequest.new(400, 'head_malformed') if colon.empty? || !name.match?(/\A[!-~]+\z/)

    [name.downcase, value.strip]
  end

  def read_body(request)
    lengths = request.header_values('content-length')
    is_clear = lengths.length <= 1 && lengths.all? { |length| length.match?(/\A[0-9]{1,18}\z/) }
    unless is_clear && request.header_values('transfer-encoding').empty?
      raise BadRequest.new(411, 'content_length_required')
    end

    expected = request.header_values('expect').first.to_s.downcase
    @socket.write("HTTP/1.1 100 Continue\r\n\r\n") if expected == '100-continue'
    length = lengths.first.to_i
    length > MAX_BODY_BYTES ? drop([length, MAX_DROPPED_BYTES].min) : take(length)
  end

  def take(length)
    while @buffer.bytesize < length
      fill or raise EOFError
    end
    @buffer.slice!(0, length)
  end

  # Read and dropped up to a limit, so that the sender gets the answer and not a reset.
  def drop(length)
    while length.positive?
      length -= @buffer.bytesize
      @buffer.clear
      fill or raise EOFError if length.positive?
    end
  end

  # Adds what has arrived; false at the end of the stream.
  def fill
    raise EOFError unless @socket.wait_readable(SILENCE_SECONDS)

    chunk = @socket.read_nonblock(65_536, exception: false)
    @buffer << chunk if chunk.is_a?(String)
    !chunk.nil?
  end
end

def serve(socket)
  socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
  connection = Connection.new(socket)
  while (request = connection.read_request)
    answer = receive(request)
    log(request, answer)
    connection.write(answer[:status], answer[:reason], close: request.last?)
    break if request.last?
  end
rescue BadRequest => e
  log(Request.new(headers: []), {})
  connection.write(e.status, e.message, close: true)
rescue EOFError, SystemCallError
  # The sender went away or fell silent: nobody is there to answer.
ensure
  socket.close
end

server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT', '0')))
trap('TERM') { exit 0 }
$stdout.syswrite("listening on http://127.0.0.1:#{server.addr[1]}/\n")
loop { Thread.new(server.accept) { |socket| serve(socket) } }
