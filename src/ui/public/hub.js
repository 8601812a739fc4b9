// Progressive enhancement: without this script every form works as a full page.
(() => {
  const composer = () => document.getElementById('composer');
  const messageField = () => document.getElementById('composer-message');
  const isBusy = () => composer()?.classList.contains('htmx-request') ?? false;
  let wasStopped = false;
  let isAtEnd = true;
  /** Text in the composer when an earlier question was retried. */
  let draft = '';

  // Show the copy buttons only where the clipboard is available.
  if (navigator.clipboard) document.documentElement.classList.add('can-copy');

  document.addEventListener('keydown', (event) => {
    if (event.target !== messageField() || event.key !== 'Enter' || event.shiftKey) return;
    // With an input method (Japanese, Chinese, …) Enter accepts a suggestion; Safari reports it only by key code 229.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!isBusy() && event.target.value.trim() !== '') composer().requestSubmit();
  });

  document.addEventListener('input', (event) => {
    if (event.target !== messageField()) return;
    fitHeight();
    showProblem('');
  });

  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-stop]')) {
      wasStopped = true;
      htmx.trigger(composer(), 'htmx:abort');
      messageField().focus();
    }
    const copyButton = event.target.closest('[data-copy]');
    if (copyButton) copy(copyButton);
    const toConfirm = event.target.closest('[data-confirm]');
    if (toConfirm && !confirm(toConfirm.dataset.confirm)) event.preventDefault();
    const button = event.target.closest('[data-starter], [data-retry]');
    if (!button || !composer() || typeof htmx === 'undefined') return;
    event.preventDefault();
    if (isBusy()) return;
    draft = messageField().value;
    messageField().value = button.value;
    composer().requestSubmit();
  });

  document.addEventListener('htmx:before:request', (event) => {
    if (event.target !== composer()) return;
    wasStopped = false;
    isAtEnd = true;
    showProblem('');
  });

  // Clear the field only after the server has received the question.
  document.addEventListener('htmx:sse:after:connection', (event) => {
    if (event.target !== composer()) return;
    messageField().value = draft;
    draft = '';
    fitHeight();
    messageField().focus();
  });

  // The URL of a conversation that this question created.
  document.addEventListener('hub:thread', (event) => {
    history.replaceState(history.state, '', event.detail.data);
  });

  document.addEventListener('htmx:sse:close', (event) => {
    if (event.target !== composer()) return;
    for (const turn of document.querySelectorAll('.turn[aria-busy="true"]')) endTurn(turn);
  });

  document.addEventListener('htmx:response:error', (event) => {
    const status = event.detail.ctx.response.status;
    if (event.target !== composer()) return;
    restoreDraft();
    // These responses include their own message.
    if ([409, 422, 429].includes(status)) return;
    showProblem(
      status === 403
        ? 'This page has expired. Reload it, then send your question again.'
        : 'The question could not be answered. Try again in a moment.',
    );
  });

  document.addEventListener('htmx:error', (event) => {
    if (event.target !== composer() || wasStopped) return;
    restoreDraft();
    showProblem('The question could not be sent. Check your connection, then try again.');
  });

  document.addEventListener('scroll', () => {
    const { scrollTop, clientHeight, scrollHeight } = document.scrollingElement;
    isAtEnd = scrollHeight - scrollTop - clientHeight < 80;
  });

  document.addEventListener('htmx:after:swap', () => {
    if (composer() && isAtEnd) scrollToEnd();
  });

  if (composer()) {
    fitHeight();
    if (document.querySelector('.turn')) scrollToEnd();
    if (matchMedia('(hover: hover)').matches) messageField().focus({ preventScroll: true });
  }

  /** Ends a turn that was stopped or lost its connection, then shows its stored version. */
  function endTurn(turn) {
    // A turn of another page polls by itself.
    if (turn.hasAttribute('hx-get')) return;
    turn.setAttribute('aria-busy', 'false');
    const ending = turn.querySelector('.ending');
    if (ending.textContent.trim() !== '') return;
    const note = document.createElement('p');
    note.className = wasStopped ? 'turn-note' : 'turn-error';
    if (!wasStopped) note.setAttribute('role', 'alert');
    note.textContent = wasStopped
      ? 'You stopped this answer.'
      : 'The connection was lost. Reload the page to see the stored answer, or ask again.';
    ending.replaceChildren(note);
    showStored(turn);
    const status = document.getElementById('chat-status');
    if (status) status.textContent = wasStopped ? 'Stopped.' : '';
    if (isAtEnd) scrollToEnd();
  }

  /** The server stores a turn shortly after the browser has left. */
  function showStored(turn) {
    setTimeout(() => {
      if (!turn.isConnected) return;
      htmx
        .ajax('GET', turn.dataset.turn, { source: turn, target: turn, swap: 'outerHTML' })
        .catch(() => undefined);
    }, 500);
  }

  async function copy(button) {
    const status = document.getElementById('chat-status');
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'Copied';
      if (status) status.textContent = 'Copied.';
    } catch {
      button.textContent = 'Not copied';
      if (status) status.textContent = 'The browser blocked copying.';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
      if (status && !isBusy()) status.textContent = '';
    }, 2000);
  }

  function restoreDraft() {
    if (draft !== '') messageField().value = draft;
    draft = '';
  }

  function showProblem(text) {
    const problem = document.getElementById('composer-problem');
    if (problem) problem.textContent = text;
    if (text === '') messageField()?.removeAttribute('aria-invalid');
  }

  function fitHeight() {
    const field = messageField();
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }

  function scrollToEnd() {
    document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  }
})();
