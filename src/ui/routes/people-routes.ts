import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { castPerson } from '../data/edit-cast';
import { createPerson, findPersonToEdit, listCredits, savePerson } from '../data/edit-people';
import { findPeople, findTitles, newestPeople } from '../data/find-for-editor';
import { parseInteger, textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { sendHtml, wantsPart } from '../send-page';
import { peopleList } from '../views/editor-list-view';
import type { FormState } from '../views/form-field';
import { newPersonView, personPageView } from '../views/person-edit-view';
import { maxChoices, titlesPicker } from '../views/picker-view';
import { type AdminContext, idIn, notFound } from './admin-context';
import { personState, readPart, readWholePerson, refusePicked } from './edit-forms';
import { wordsIn } from './title-routes';

/** People on a page. */
const pageSize = 50;

type ById = { Params: { id: string } };

/** People for editors: list and search, a new person, and each person with their parts. */
export function peopleRoutes(app: FastifyInstance, hub: Hub, admin: AdminContext): void {
  const active = 'admin/people';

  app.get('/admin/people', async (request, reply) => {
    const words = wordsIn(request, 'q');
    const before = parseInteger(textField(request.query, 'before'));
    const people = await admin.edit(request, (scope) =>
      words === '' ? newestPeople(scope, pageSize + 1, before) : findPeople(scope, words, pageSize + 1),
    );
    const list = { hub, words, rows: people.slice(0, pageSize), hasMore: people.length > pageSize };
    if (wantsPart(request, reply)) return sendHtml(reply, peopleList.part(list));
    return admin.send(request, reply, {
      title: 'People · Admin',
      active,
      render: (page) => peopleList.view(page, list),
    });
  });

  app.get('/admin/people/new', (request, reply) => sendNew(request, reply));

  app.post('/admin/people/new', async (request, reply) => {
    const form = readWholePerson(request.body);
    if ('refused' in form) return sendNew(request, reply, form.refused);
    const id = await admin.edit(request, (scope, actor) => createPerson(scope, actor, form.value));
    return admin.redirect(request, reply, `/admin/people/${id}`, `Created the person ${form.value.name}.`);
  });

  app.get<ById>('/admin/people/:id', async (request, reply) => {
    const id = idIn(request.params.id, 'person');
    if (wantsPart(request, reply)) {
      const words = wordsIn(request, 'words');
      const titles = await admin.edit(request, (scope) => findTitles(scope, words, maxChoices + 1));
      return sendHtml(reply, titlesPicker(hub, titles, { values: { words }, errors: {} }));
    }
    return sendPerson(request, reply, id, {});
  });

  app.post<ById>('/admin/people/:id', async (request, reply) => {
    const id = idIn(request.params.id, 'person');
    const form = readWholePerson(request.body);
    if ('refused' in form) return sendPerson(request, reply, id, { person: form.refused });
    if (!(await admin.edit(request, (scope, actor) => savePerson(scope, actor, id, form.value))))
      throw notFound('person');
    return admin.redirect(request, reply, `/admin/people/${id}`, `Saved ${form.value.name}.`);
  });

  app.post<ById>('/admin/people/:id/cast', async (request, reply) => {
    const personId = idIn(request.params.id, 'person');
    const form = readPart(request.body, 'title');
    if ('refused' in form) return sendPerson(request, reply, personId, { part: form.refused });
    const { pickedId: titleId, category, character, state } = form.value;
    const outcome = await admin.edit(request, (scope, actor) =>
      castPerson(scope, actor, { titleId, personId, category, character }),
    );
    if ('missing' in outcome) {
      if (outcome.missing === 'person') throw notFound('person');
      return sendPerson(request, reply, personId, { part: refusePicked(state, 'title') });
    }
    return admin.redirect(
      request,
      reply,
      `/admin/people/${personId}`,
      `Cast ${outcome.person} as ${character} in “${outcome.title}”.`,
    );
  });

  async function sendNew(request: FastifyRequest, reply: FastifyReply, refused?: FormState) {
    return admin.send(request, reply, {
      title: 'New person · Admin',
      active,
      refused: refused !== undefined,
      render: (page) => newPersonView(page, refused),
    });
  }

  async function sendPerson(
    request: FastifyRequest,
    reply: FastifyReply,
    id: number,
    refused: { person?: FormState; part?: FormState },
  ) {
    const words = refused.part?.values.words ?? wordsIn(request, 'words');
    const { person, titles, credits } = await admin.edit(request, async (scope) => {
      const person = await findPersonToEdit(scope, id);
      if (person === undefined) throw notFound('person');
      const titles = words === '' ? [] : await findTitles(scope, words, maxChoices + 1);
      return { person, titles, credits: await listCredits(scope, id) };
    });
    return admin.send(request, reply, {
      title: `${person.name} · Admin`,
      active,
      refused: refused.person !== undefined || refused.part !== undefined,
      render: (page) =>
        personPageView(page, {
          id,
          name: person.name,
          credits,
          titles,
          state: refused.person ?? personState(person),
          part: refused.part ?? { values: { words }, errors: {} },
        }),
    });
  }
}
