// The page of examples/streams: EventSource, fetch and WebSocket, each on a method that streams. ?api=https://… names another gateway.

const api = new URL(new URLSearchParams(location.search).get('api') ?? 'https://127.0.0.1:8443').origin;
const find = (selector) => document.querySelector(selector);
find('#api').value = api;

// Prices: an EventSource for each. It would connect again after the last event, and the call would run once more: `end` tells it not to.
const kept = 40;
const sources = new Map();

function addTile(symbol) {
  const tile = document.createElement('li');
  tile.className = 'tile';
  tile.id = symbol;
  tile.innerHTML = `<span></span><svg viewBox="0 0 ${kept - 1} 1" preserveAspectRatio="none"><polyline/></svg><b>–</b>`;
  tile.firstChild.textContent = symbol;
  find('#prices .tiles').append(tile);
  tile.amounts = [];
}

function showPrice({symbol, amount}) {
  const tile = document.getElementById(symbol);
  tile.amounts = [...tile.amounts, amount].slice(-kept);
  const low = Math.min(...tile.amounts);
  const height = Math.max(...tile.amounts) - low || 1;
  tile.querySelector('b').textContent = amount.toFixed(2);
  tile.querySelector('polyline').setAttribute('points', tile.amounts.map((one, at) => `${at},${1 - (one - low) / height}`).join(' '));
}

function watch(symbol) {
  const source = new EventSource(`${api}/v1/prices/${symbol}:watch?interval=0.7s`);
  sources.set(symbol, source);
  source.onopen = () => { find('#prices .state').value = 'open'; };
  source.onmessage = (event) => showPrice(JSON.parse(event.data));
  source.addEventListener('end', () => source.close());
  source.addEventListener('error', (event) => {
    if (event.data) source.close();  // the call has failed; without data it is the connection, which comes again
    find('#prices .state').value = event.data ? JSON.parse(event.data).message : 'the connection is lost';
  });
}

const symbols = ['FIGS', 'OLIVES', 'SAFFRON'];
symbols.forEach(addTile);
symbols.forEach(watch);
find('#pause').onclick = () => {
  const watched = sources.size > 0;
  if (watched) {
    sources.forEach((source) => source.close());  // the gateway cancels the calls
    sources.clear();
    find('#prices .state').value = 'closed';
  } else {
    symbols.forEach(watch);
  }
  find('#pause').textContent = watched ? 'Go on' : 'Pause';
};

// Ledger: lines as they come. What is not read yet waits at the backend: the gateway takes no more of it than the client does.
async function* linesOf(body) {
  let rest = '';
  for (const reader = body.pipeThrough(new TextDecoderStream()).getReader();;) {
    const {value, done} = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    yield* lines;
  }
}

find('#ledger form').onsubmit = async (event) => {
  event.preventDefault();
  const state = find('#ledger .state');
  const {symbol, count} = event.target.elements;
  const tail = [];
  let read = 0;
  let sum = 0;
  try {
    const response = await fetch(`${api}/v1/prices/${encodeURIComponent(symbol.value)}:watch?count=${count.value}`);
    if (!response.ok) throw new Error((await response.json()).message);
    for await (const line of linesOf(response.body)) {
      const price = JSON.parse(line);
      if (price['@error']) throw new Error(price['@error'].message);  // it has begun well, and failed later
      sum += price.amount;
      tail.push(line);
      if (tail.length > 5) tail.shift();
      find('#ledger progress').value = ++read / count.value;
    }
    state.value = `${read} lines, ${(sum / read).toFixed(2)} on average`;
  } catch (error) {
    state.value = `${read} lines, then: ${error.message}`;
  }
  find('#ledger .tail').textContent = tail.join('\n');
};

// Room: a message each way is a JSON text. It is closed with 1000, or with 4000 and the gRPC code.
let socket;

function showLine({author, text}) {
  const line = document.createElement('li');
  line.append(Object.assign(document.createElement('b'), {textContent: author}), text);
  find('#room .lines').append(line);
  line.scrollIntoView({block: 'nearest'});
}

function join() {
  const state = find('#room .state');
  socket = new WebSocket(`${api.replace('http', 'ws')}/v1/rooms/market:join`, 'dragoman.json');
  socket.onopen = () => {
    state.value = 'in the room';
    say('has come in');
  };
  socket.onmessage = (event) => showLine(JSON.parse(event.data));
  socket.onclose = ({code, reason}) => { state.value = `left: ${code} ${reason}`; };
}

const say = (text) => socket.send(JSON.stringify({author: find('#room [name=author]').value, text}));

find('#room form').onsubmit = (event) => {
  event.preventDefault();
  const {text} = event.target.elements;
  if (socket.readyState === WebSocket.OPEN) say(text.value);
  else join();
  text.value = '';
};
join();
